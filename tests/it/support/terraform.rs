//! The real Terraform or OpenTofu, in a directory of its own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::servers::Server;

/// Which program.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Program {
    /// `terraform`, where the machine has it; OpenTofu otherwise.
    Terraform,
    /// `tofu`
    OpenTofu,
}

impl Program {
    fn path(self) -> PathBuf {
        let tofu = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/bin/tofu");
        let search = std::env::var_os("PATH").unwrap_or_default();
        let terraform = std::env::split_paths(&search)
            .map(|directory| directory.join("terraform"))
            .find(|path| path.is_file());
        match self {
            Self::OpenTofu => tofu,
            Self::Terraform => terraform.unwrap_or(tofu),
        }
    }
}

/// What a command said.
#[derive(Debug)]
pub struct Output {
    /// Its exit code.
    pub code: i32,
    /// Its output and its errors.
    pub text: String,
}

impl Output {
    /// Its words with line breaks and box drawing removed: Terraform breaks lines as it likes.
    pub fn words(&self) -> String {
        self.text
            .split_whitespace()
            .filter(|word| !["│", "╷", "╵"].contains(word))
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Fails the test unless the command succeeded.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}", self.text);
        self
    }

    /// Fails the test unless the command failed with these words.
    #[track_caller]
    pub fn failed_with(self, words: &[&str]) -> Self {
        assert_eq!(self.code, 1, "{}", self.text);
        let text = self.words();
        for expected in words {
            assert!(
                text.contains(expected),
                "{expected:?} is not in:\n{}",
                self.text
            );
        }
        self
    }
}

/// A directory with a configuration, a state and nothing of the machine's own settings.
pub struct Workspace {
    directory: TempDir,
    program: Program,
    environment: Vec<(String, String)>,
}

impl Workspace {
    /// An empty one.
    pub fn new(program: Program) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let provider = Path::new(env!("CARGO_BIN_EXE_terraform-provider-wandb"))
            .parent()
            .unwrap();
        let settings = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \"wandb/wandb\" = {provider:?}\n  }}\n  direct {{}}\n}}\n"
        );
        fs::write(directory.path().join("cli.tfrc"), settings).unwrap();
        Self {
            directory,
            program,
            environment: Vec::new(),
        }
    }

    /// With that configuration.
    pub fn with(program: Program, configuration: &str) -> Self {
        let workspace = Self::new(program);
        workspace.write("main.tf", configuration);
        workspace
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Copies a directory of the examples.
    pub fn copy_example(&self, name: &str) {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(name);
        for file in fs::read_dir(source).unwrap() {
            let file = file.unwrap();
            if file.path().extension() == Some(OsStr::new("tf")) {
                fs::copy(file.path(), self.path().join(file.file_name())).unwrap();
            }
        }
    }

    /// Sets a variable for every command.
    pub fn env(&mut self, name: &str, value: &str) {
        self.environment.retain(|(existing, _)| existing != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Names that store in the environment.
    pub fn use_store(&mut self, server: &Server) {
        self.env("WANDB_S3_ENDPOINT", &server.endpoint);
        self.env("WANDB_S3_REGION", &server.region);
        self.env("WANDB_S3_ACCESS_KEY", &server.user);
        self.env("WANDB_S3_SECRET_KEY", &server.password);
    }

    /// Makes that stand-in AWS.
    pub fn use_aws(&mut self, server: &Server) {
        self.env("AWS_ENDPOINT_URL", &server.endpoint);
        self.env("AWS_ACCESS_KEY_ID", &server.user);
        self.env("AWS_SECRET_ACCESS_KEY", &server.password);
    }

    /// The command, ready to start.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program.path());
        command.current_dir(self.path()).args(arguments).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.path())
            .env("TF_CLI_CONFIG_FILE", self.path().join("cli.tfrc"));
        command.envs([
            ("CHECKPOINT_DISABLE", "1"),
            ("TF_IN_AUTOMATION", "1"),
            ("TF_INPUT", "0"),
        ]);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .expect("neither terraform nor OpenTofu: run `make install-tools`");
        let text = [output.stdout, output.stderr].concat();
        Output {
            code: output.status.code().unwrap_or(-1),
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }

    /// Starts an apply and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Plans: 0 is no change, 1 an error, 2 a change.
    pub fn plan(&self) -> Output {
        self.run(&["plan", "-no-color", "-detailed-exitcode", "-out=plan.bin"])
    }

    /// Fails the test unless the plan is empty.
    #[track_caller]
    pub fn plan_is_empty(&self) {
        let plan = self.plan();
        assert_eq!(plan.code, 0, "{}", plan.text);
    }

    /// The changes of the last plan to the first resource: the actions, before and after.
    pub fn planned_change(&self) -> Value {
        let shown = self
            .command(&["show", "-json", "plan.bin"])
            .output()
            .unwrap();
        let plan: Value = serde_json::from_slice(&shown.stdout).unwrap();
        plan["resource_changes"][0]["change"].clone()
    }

    /// Applies.
    pub fn apply(&self) -> Output {
        self.run(&["apply", "-no-color", "-auto-approve"])
    }

    /// Destroys.
    pub fn destroy(&self) -> Output {
        self.run(&["destroy", "-no-color", "-auto-approve"])
    }

    /// The value of an output.
    pub fn output(&self, name: &str) -> Value {
        let shown = self.command(&["output", "-json", name]).output().unwrap();
        serde_json::from_slice(&shown.stdout).unwrap()
    }

    /// The attributes of the first resource in the state, or null.
    pub fn state(&self) -> Value {
        self.resources()[0]["values"].clone()
    }

    /// The resources in the state, or null.
    pub fn resources(&self) -> Value {
        let shown = self.command(&["show", "-json"]).output().unwrap();
        let state: Value = serde_json::from_slice(&shown.stdout).unwrap();
        state["values"]["root_module"]["resources"].clone()
    }

    /// Whether the first resource in the state is tainted.
    pub fn is_tainted(&self) -> bool {
        self.resources()[0]["tainted"] == Value::Bool(true)
    }
}
