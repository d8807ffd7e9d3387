//! What a check costs: CPU per check beside a minimal connect-GET-read-close loop, over plain HTTP and TLS, and memory.
//!
//! `cargo run --release -p monitoring --example cost` (the sites are served by a process of their own).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement"
)]

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Instant,
};

use domain::{Clock, Instant as Moment};
use monitoring::{InFlight, Prober, ProberOptions, Roots, Target};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

const AT_ONCE: usize = 64;
const BODY: &str =
    r#"{"status":"ok","database":{"status":"ok","latencyMs":1.2},"memory":{"used":50,"total":100},"version":"1.4.0"}"#;

struct Now;
impl Clock for Now {
    fn now(&self) -> Moment {
        Moment::from_milliseconds(1_764_000_000_000)
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let (mut buffer, mut text) = (vec![0; 4096], Vec::new());
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        text.extend_from_slice(&buffer[..count]);
        if text.ends_with(b"\r\n\r\n") {
            let body = if text.starts_with(b"HEAD") { "" } else { BODY };
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", BODY.len());
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
            text.clear();
        }
    }
}

/// Serves plain HTTP on one port and TLS on another; says which, and what to trust.
#[tokio::main]
async fn sites() {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    // Like most sites' chains: leaf, intermediate, root.
    let mut between = CertificateParams::default();
    between.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    between.distinguished_name.push(DnType::CommonName, "intermediate");
    let middle = CertifiedIssuer::signed_by(between, KeyPair::generate().unwrap(), &issuer).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(vec!["*.acme.localhost".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &middle).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let mut config = config
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone(), middle.der().clone()], key)
        .unwrap();
    config.ticketer = rustls::crypto::aws_lc_rs::Ticketer::new().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secure = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!(
        "{} {}",
        plain.local_addr().unwrap().port(),
        secure.local_addr().unwrap().port()
    );
    println!("{}", domain::hexadecimal(issuer.der()));
    // Whoever measures is gone when its end of this pipe is.
    std::thread::spawn(|| std::process::exit(std::io::stdin().lines().count().min(1).try_into().unwrap_or(0)));
    tokio::spawn(async move {
        while let Ok((stream, _)) = secure.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(stream).await;
                }
            });
        }
    });
    while let Ok((stream, _)) = plain.accept().await {
        tokio::spawn(serve(stream));
    }
}

/// Nanoseconds that this process's one thread has run.
fn cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse().unwrap()
}

async fn minimal(port: u16, count: usize) {
    let mut loops = JoinSet::new();
    for _ in 0..AT_ONCE {
        loops.spawn(async move {
            for _ in 0..count / AT_ONCE {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
                let mut buffer = [0; 4096];
                assert!(stream.read(&mut buffer).await.unwrap() > 0);
                stream.set_zero_linger().unwrap();
            }
        });
    }
    loops.join_all().await;
}

async fn checks(prober: &Prober, scheme: &str, port: u16, sites: usize, count: usize) {
    let target = |number| Target::new(&format!("{scheme}://site-{}.acme.localhost:{port}", number % sites)).unwrap();
    let bounds = InFlight {
        begun: AT_ONCE,
        open: AT_ONCE,
    };
    let probes = prober.check_all((0..count).map(target).collect(), bounds).await;
    assert!(
        probes
            .iter()
            .all(|probe| matches!(&probe.health, Some(Ok(answer)) if answer.facts.is_some()))
    );
}

macro_rules! measure {
    ($name:literal, $count:expr, $work:expr) => {{
        let (wall, before) = (Instant::now(), cpu());
        $work.await;
        let each = (cpu() - before) as f64 / 1000.0 / $count as f64;
        println!("{:44} {each:7.1} us of CPU each, {:?}", $name, wall.elapsed());
        each
    }};
}

/// What blackbox_exporter's probe of one page takes, in microseconds of CPU; `None` where it is not installed.
fn blackbox(port: u16, count: usize) -> Option<f64> {
    let name = "prometheus-blackbox-exporter";
    let config = std::env::temp_dir().join("tenantry-bench-blackbox.yml");
    std::fs::write(
        &config,
        "modules: {http_2xx: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4}}}\n",
    )
    .unwrap();
    let listen = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut exporter = Command::new(name)
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--web.listen-address={listen}"))
        .stderr(Stdio::null())
        .spawn()
        .map_err(|_| println!("{name} is not installed: not compared"))
        .ok()?;
    while std::net::TcpStream::connect(listen).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let probe = move |times: usize| {
        for _ in 0..times {
            use std::io::{Read as _, Write as _};
            let mut stream = std::net::TcpStream::connect(listen).unwrap();
            let path = format!("/probe?module=http_2xx&target=http://127.0.0.1:{port}/");
            write!(stream, "GET {path} HTTP/1.0\r\nhost: a\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.contains("probe_success 1"), "{answer}");
        }
    };
    probe(50);
    let before = cpu_of(exporter.id());
    let threads: Vec<_> = (0..AT_ONCE)
        .map(|_| std::thread::spawn(move || probe(count / AT_ONCE)))
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let each = (cpu_of(exporter.id()) - before) / (count / AT_ONCE * AT_ONCE) as f64;
    exporter.kill().unwrap();
    println!(
        "{:44} {each:7.1} us of CPU each",
        "blackbox_exporter, one page over HTTP"
    );
    Some(each)
}

/// Microseconds of CPU that a process has had.
fn cpu_of(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks * 10_000.0
}

/// What a full handshake takes `openssl s_time`, in microseconds of CPU; `None` where it is not installed.
fn s_time(port: u16) -> Option<f64> {
    let asked = Command::new("openssl")
        .args(["s_time", "-new", "-time", "4", "-connect", &format!("127.0.0.1:{port}")])
        .output()
        .map_err(|_| println!("openssl is not installed: not compared"))
        .ok()?;
    // "2184 connections in 1.02s; 2141.18 connections/user sec, bytes read 0": the seconds are those of the processor.
    let said = String::from_utf8_lossy(&asked.stdout).into_owned();
    let line = said.lines().find(|line| line.contains("connections/user sec"))?;
    let each = 1e6 / line.split(';').nth(1)?.split_whitespace().next()?.parse::<f64>().ok()?;
    println!(
        "{:44} {each:7.1} us of CPU each",
        "openssl s_time, full handshake and nothing else"
    );
    Some(each)
}

#[tokio::main(flavor = "current_thread")]
async fn measure(mut server: Child) {
    let mut said = BufReader::new(server.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let ports: Vec<u16> = said
        .next()
        .unwrap()
        .split(' ')
        .map(|port| port.parse().unwrap())
        .collect();
    let root = said.next().unwrap();
    let bytes = (0..root.len() / 2).map(|at| u8::from_str_radix(&root[2 * at..2 * at + 2], 16).unwrap());
    let root = CertificateDer::from(bytes.collect::<Vec<u8>>());
    let prober = |sessions| {
        let options = ProberOptions {
            loopback_hosts: vec![".localhost".to_owned()],
            roots: Roots::Only(vec![root.clone()]),
            sessions,
            ..ProberOptions::default()
        };
        Prober::new(options, Arc::new(Now))
    };
    let plain = prober(1024);
    for _ in 0..3 {
        let least = measure!("connect, GET, read, close", 20_000, minimal(ports[0], 20_000));
        let check = measure!(
            "check over HTTP (HEAD and GET)",
            20_000,
            checks(&plain, "http", ports[0], 1000, 20_000)
        );
        println!("{:44} {:7.2} times", "", check / least);
    }
    let full = measure!(
        "check over TLS, full handshake",
        4000,
        checks(&prober(0), "https", ports[1], 1000, 4000)
    );
    if let Some(openssl) = s_time(ports[1]) {
        println!("{:44} {:7.2} times openssl s_time", "", full / openssl);
    }
    let resuming = prober(1024);
    checks(&resuming, "https", ports[1], 1000, 1000).await;
    let again = measure!(
        "check over TLS, session taken up again",
        4000,
        checks(&resuming, "https", ports[1], 1000, 4000)
    );
    println!("{:44} {:7.2} times", "", again / full);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    println!("{}", status.lines().find(|line| line.starts_with("VmHWM")).unwrap());
    // Last, because the threads that ask it count as memory of this process.
    if let Some(exporter) = blackbox(ports[0], 4000) {
        let check = measure!(
            "check over HTTP, again",
            20_000,
            checks(&plain, "http", ports[0], 1000, 20_000)
        );
        println!("{:44} {:7.2} times less than blackbox_exporter", "", exporter / check);
    }
    server.kill().unwrap();
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("sites") {
        return sites();
    }
    let itself = std::env::current_exe().unwrap();
    measure(
        Command::new(itself)
            .arg("sites")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap(),
    );
}
