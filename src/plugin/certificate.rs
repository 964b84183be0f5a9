//! Mutual TLS as go-plugin does it: each side makes a certificate for this one process and trusts exactly the other's.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
};
use tokio_rustls::TlsAcceptor;

use super::environment::Environment;

/// How connections are secured.
pub(super) struct Security {
    /// Accepts TLS connections; none where the client asked for plaintext.
    pub(super) acceptor: Option<TlsAcceptor>,
    /// Our certificate, for the handshake line; empty without TLS.
    pub(super) certificate: Vec<u8>,
}

/// Why connections cannot be secured.
#[derive(Debug, thiserror::Error)]
pub(super) enum Insecure {
    /// The client's certificate is none: plaintext instead would be what nobody asked for.
    #[error("PLUGIN_CLIENT_CERT holds no certificate: {0}")]
    ClientCertificate(rustls::pki_types::pem::Error),
    /// No certificate of our own.
    #[error("no certificate could be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// No TLS.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
}

impl Security {
    /// TLS when the client sent a certificate, plaintext when it sent none (`TF_DISABLE_PLUGIN_TLS`, debugging).
    pub(super) fn of(environment: &Environment) -> Result<Self, Insecure> {
        let Some(pem) = &environment.client_certificate else {
            return Ok(Self {
                acceptor: None,
                certificate: Vec::new(),
            });
        };
        let client =
            CertificateDer::from_pem_slice(pem.as_bytes()).map_err(Insecure::ClientCertificate)?;
        let key = KeyPair::generate()?;
        // Go looks for the server's name among the alternative names, and it asks for "localhost".
        let own = CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Arc::new(Pinned {
            client,
            provider: Arc::clone(&provider),
        });
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        // There is one connection in the life of the process: nothing will be resumed.
        config.send_tls13_tickets = 0;
        Ok(Self {
            acceptor: Some(TlsAcceptor::from(Arc::new(config))),
            certificate: own.der().to_vec(),
        })
    }
}

/// Lets in exactly one certificate.
///
/// The usual check would refuse it: go-plugin marks its certificate as an authority's. And letting in whatever is signed by it would
/// be more than is needed.
#[derive(Debug)]
struct Pinned {
    client: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.client {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
