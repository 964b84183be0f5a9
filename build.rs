//! Compiles the protocol's messages and services, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = protox::compile(["proto/tfplugin6.proto", "proto/plugin.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .build_transport(false)
        .generate_default_stubs(true)
        .compile_fds(files)?;
    Ok(())
}
