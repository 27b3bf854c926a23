use super::*;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;

const PATIENCE: Duration = Duration::from_secs(10);

/// A server whose certificate is for `name`; its port, and who trusts it.
async fn server(name: &str) -> (u16, RootCertStore) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key);
    let acceptor = TlsAcceptor::from(Arc::new(config.expect("a server")));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                answer(&mut stream).await;
            }
        }
    });
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).expect("a root");
    (port, roots)
}

/// Tells how the request began.
async fn answer(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    let mut request = [0; 4096];
    let read = stream.read(&mut request).await.unwrap_or(0);
    let text = String::from_utf8_lossy(&request[..read]).to_lowercase();
    let first = text.lines().next().unwrap_or_default().to_owned();
    let length = first.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{first}");
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn get(client: &Client, url: String) -> Result<String, String> {
    let request = Request::get(url).body(Bytes::new()).expect("a request");
    let answer = client.send(request).await.map_err(|why| why.to_string())?;
    Ok(String::from_utf8_lossy(answer.body()).into_owned())
}

#[tokio::test]
async fn https_is_spoken_with_whom_the_authorities_vouch_for() {
    let (port, roots) = server("localhost").await;
    let client = Client::trusting(roots, PATIENCE);
    let said = get(&client, format!("https://localhost:{port}/hook?a=1")).await;
    assert_eq!(said, Ok("get /hook?a=1 http/1.1".to_owned()));
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused_in_words() {
    let (port, _) = server("localhost").await;
    let why = get(&Client::new(PATIENCE), format!("https://localhost:{port}/")).await;
    assert!(why.expect_err("unknown").contains("no known authority"));
    let (port, roots) = server("other.example").await;
    let client = Client::trusting(roots, PATIENCE);
    let why = get(&client, format!("https://localhost:{port}/")).await;
    assert_eq!(why, Err("the certificate is for another name".to_owned()));
}

#[tokio::test]
async fn what_speaks_no_tls_does_not_answer_or_is_no_url_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            answer(&mut stream).await;
        }
    });
    let client = Client::new(PATIENCE);
    let said = get(&client, format!("http://127.0.0.1:{port}")).await;
    assert_eq!(said, Ok("get / http/1.1".to_owned()));
    let why = get(&client, format!("https://127.0.0.1:{port}/")).await;
    assert_eq!(why, Err("what answers there speaks no TLS".to_owned()));
    let why = get(&client, "http://127.0.0.1:1/".to_owned()).await;
    assert_eq!(why, Err("no connection: connection refused".to_owned()));
    for url in ["ftp://127.0.0.1/", "http://school:hunter2@127.0.0.1/"] {
        let why = get(&client, url.to_owned()).await.expect_err(url);
        assert!(why.starts_with("no http or https URL"), "{why}");
    }
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
    let port = silent.local_addr().expect("an address").port();
    let hasty = Client::new(Duration::from_millis(50));
    let why = get(&hasty, format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(why, Err("no answer within 0 s".to_owned()));
}
