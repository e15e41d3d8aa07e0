//! TLS: trust by `tls.ca_file`, and the certificate's name (CN C47, RL S32).

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use connect::SystemError;
use connect::rest::{Lookup, RestSystem};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use crate::stub::{ROOMS, list, open_with};

struct Here;

#[async_trait]
impl Lookup for Here {
    async fn lookup(&self, _: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }
}

/// A TLS server for a name; gives its address and its certificate as PEM.
async fn server(name: &str) -> (SocketAddr, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("a server");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut client) = acceptor.accept(client).await else { return };
                let mut request = [0; 4096];
                let _ = client.read(&mut request).await;
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";
                let _ = client.write_all(answer.as_bytes()).await;
                let _ = client.shutdown().await;
            });
        }
    });
    (address, cert.pem())
}

fn system(name: &str, address: SocketAddr, ca: Option<&str>) -> RestSystem {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(ca.unwrap_or_default().as_bytes()).expect("written");
    let tls = ca.map(|_| format!("tls = {{ ca_file = {:?} }}\n", file.path())).unwrap_or_default();
    open_with(&format!("https://{name}:{}", address.port()), &format!("{tls}{ROOMS}"), Arc::new(Here))
        .unwrap_or_else(|error| panic!("{error}"))
}

#[tokio::test]
async fn c47_a_private_certificate_is_trusted_when_configured_and_only_for_its_name() {
    let (address, pem) = server("sis.example.edu").await;
    list(&system("sis.example.edu", address, Some(&pem))).await.expect("trusted");
    for (name, ca) in [("sis.example.edu", None), ("other.example.edu", Some(pem.as_str()))] {
        let error = list(&system(name, address, ca)).await.expect_err("not trusted");
        assert!(matches!(error, SystemError::Unreachable { .. }), "{name}: {error:?}");
    }
}

#[test]
fn tls_a_file_without_a_certificate_is_refused() {
    let own = format!("tls = {{ ca_file = \"/dev/null\" }}\n{ROOMS}");
    let error = open_with("https://sis.example.edu", &own, Arc::new(Here)).err().expect("refused");
    assert_eq!(error.key, "tls.ca_file");
}
