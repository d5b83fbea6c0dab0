//! Answers over HTTP, beside the protocol and in its loop: nothing waits for a client, and none gets more than a little time and memory.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use syntone_hal::Instant;
use syntone_linux::Awaited;

/// Clients at once; one more takes the place of the oldest.
const MOST: usize = 16;
/// Whoever takes longer is cut off.
const LONGEST_NS: u64 = 2_000_000_000;
/// No request is longer.
const LONGEST_REQUEST: usize = 4096;
/// After it has done something it rests, so that no flood of clients keeps the clock from its work.
const REST_NS: u64 = 10_000_000;
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Listens, and answers.
#[derive(Debug)]
pub(super) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    /// The oldest first.
    clients: Vec<Client>,
    rests_until: Instant,
}

#[derive(Debug)]
struct Client {
    stream: TcpStream,
    until: Instant,
    stage: Stage,
}

/// How far a client has come.
#[derive(Debug)]
enum Stage {
    /// What there is of the request.
    Asks(Vec<u8>),
    /// What it has still to be told, from an octet on.
    IsTold(Vec<u8>, usize),
    /// It is told all; what it still sends is left unread no longer than its time, or the answer could be lost.
    Leaves,
}

impl Server {
    /// # Errors
    /// When the address cannot be had.
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, clients: Vec::new(), rests_until: Instant::from_nanos(0) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What is to be waited for.
    pub(super) fn awaited(&self, now: Instant) -> Vec<Awaited<'_>> {
        if now < self.rests_until {
            return Vec::new();
        }
        let clients = self.clients.iter().map(|client| client.stream.as_fd());
        clients.chain([self.listener.as_fd()]).map(|socket| Awaited { socket, ready: false }).collect()
    }

    /// Does what can be done without waiting, if one of the descriptors is `ready` or a time has come; says when it has to look again
    /// without being woken. `tell` makes what is told; it is asked once at the most.
    pub(super) fn turn(&mut self, now: Instant, ready: bool, tell: impl FnOnce() -> String) -> Option<Instant> {
        if now < self.rests_until {
            return Some(self.rests_until);
        }
        let is_due = |client: &Client| now >= client.until || matches!(client.stage, Stage::IsTold(..));
        if ready || self.clients.iter().any(is_due) {
            self.serve(now, tell);
            self.rests_until = now.plus_nanos(REST_NS);
            return Some(self.rests_until);
        }
        self.clients.iter().map(|client| client.until).min()
    }

    fn serve(&mut self, now: Instant, tell: impl FnOnce() -> String) {
        self.accept(now);
        let (mut tell, mut told) = (Some(tell), String::new());
        let mut tell = || {
            if let Some(tell) = tell.take() {
                told = tell();
            }
            told.clone()
        };
        self.clients.retain_mut(|client| now < client.until && client.go_on(&mut tell).is_ok());
    }

    fn accept(&mut self, now: Instant) {
        for _ in 0..MOST {
            let Ok((stream, _)) = self.listener.accept() else { return };
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            if self.clients.len() >= MOST {
                self.clients.remove(0);
            }
            self.clients.push(Client { stream, until: now.plus_nanos(LONGEST_NS), stage: Stage::Asks(Vec::new()) });
        }
    }
}

impl Client {
    /// Goes on as far as it goes without waiting.
    ///
    /// # Errors
    /// When there is nothing more to do for it.
    fn go_on(&mut self, tell: &mut impl FnMut() -> String) -> io::Result<()> {
        loop {
            let done = match &mut self.stage {
                Stage::Asks(request) => read_request(&mut self.stream, request)?.then(|| {
                    let answer = answer(request, &mut *tell);
                    Stage::IsTold(answer.into_bytes(), 0)
                }),
                Stage::IsTold(answer, from) => write_rest(&mut self.stream, answer, from)?.then_some(Stage::Leaves),
                Stage::Leaves => return read_away(&mut self.stream),
            };
            match done {
                Some(Stage::Leaves) => {
                    self.stream.shutdown(Shutdown::Write)?;
                    self.stage = Stage::Leaves;
                }
                Some(next) => self.stage = next,
                None => return Ok(()),
            }
        }
    }
}

/// Whether the request is complete, or is as long as any may be.
fn read_request(stream: &mut TcpStream, request: &mut Vec<u8>) -> io::Result<bool> {
    let mut buffer = [0; LONGEST_REQUEST];
    let room = LONGEST_REQUEST.saturating_sub(request.len());
    match stream.read(&mut buffer[..room]) {
        Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(length) => request.extend_from_slice(&buffer[..length]),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
        Err(error) => return Err(error),
    }
    Ok(is_complete(request) || request.len() >= LONGEST_REQUEST)
}

fn is_complete(request: &[u8]) -> bool {
    request.windows(4).any(|octets| octets == b"\r\n\r\n") || request.windows(2).any(|octets| octets == b"\n\n")
}

/// Whether all is written.
fn write_rest(stream: &mut TcpStream, answer: &[u8], from: &mut usize) -> io::Result<bool> {
    match stream.write(&answer[*from..]) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Ok(length) => {
            *from += length;
            Ok(*from >= answer.len())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        Err(error) => Err(error),
    }
}

/// Until the client has gone.
fn read_away(stream: &mut TcpStream) -> io::Result<()> {
    match stream.read(&mut [0; LONGEST_REQUEST]) {
        Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}

/// The answer to a request.
fn answer(request: &[u8], tell: impl FnOnce() -> String) -> String {
    let line = request.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let line = str::from_utf8(line).unwrap_or_default().trim_end();
    let [method, target, version] = line.split(' ').collect::<Vec<_>>()[..] else {
        return refusal("400 Bad Request", "");
    };
    if !version.starts_with("HTTP/1.") {
        return refusal("400 Bad Request", "");
    }
    if !is_complete(request) {
        return refusal("431 Request Header Fields Too Large", "");
    }
    if method != "GET" && method != "HEAD" {
        return refusal("405 Method Not Allowed", "Allow: GET, HEAD\r\n");
    }
    if target.split('?').next() != Some("/metrics") {
        return refusal("404 Not Found", "");
    }
    let body = tell();
    let head = head("200 OK", &format!("Content-Type: {CONTENT_TYPE}\r\n"), body.len());
    if method == "HEAD" { head } else { head + &body }
}

fn refusal(status: &str, fields: &str) -> String {
    let body = format!("{status}; metrics are at /metrics\n");
    head(status, &format!("Content-Type: text/plain\r\n{fields}"), body.len()) + &body
}

fn head(status: &str, fields: &str, length: usize) -> String {
    format!("HTTP/1.1 {status}\r\n{fields}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP_NS: u64 = REST_NS;

    /// Serves over loopback in a time of its own until `done`, or until the time that a client has is over.
    fn serve(server: &mut Server, start: u64, mut done: impl FnMut(&Server) -> bool) -> u64 {
        let mut now = start;
        while !done(server) && now <= start + LONGEST_NS {
            now += STEP_NS;
            server.turn(Instant::from_nanos(now), true, || "a 1\n# EOF\n".into());
        }
        now
    }

    fn open() -> Server {
        Server::open(([127, 0, 0, 1], 0).into()).expect("a free port")
    }

    fn ask(request: &[u8]) -> String {
        let mut server = open();
        let mut client = TcpStream::connect(server.address()).expect("it listens");
        client.write_all(request).expect("it is there");
        client.set_nonblocking(true).expect("it can");
        let mut answer = Vec::new();
        serve(&mut server, 0, |_| {
            let mut buffer = [0; 1024];
            match client.read(&mut buffer) {
                Ok(0) => true,
                Ok(length) => {
                    answer.extend_from_slice(&buffer[..length]);
                    false
                }
                Err(_) => false,
            }
        });
        String::from_utf8(answer).expect("text")
    }

    #[test]
    fn metrics_are_told_to_who_asks_for_them() {
        let answer = ask(b"GET /metrics?x HTTP/1.1\r\nHost: x\r\n\r\n");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains(CONTENT_TYPE), "{head}");
        assert!(head.contains("Content-Length: 10"), "{head}");
        assert_eq!(body, "a 1\n# EOF\n");
        let head = ask(b"HEAD /metrics HTTP/1.0\r\n\r\n");
        assert!(head.contains("Content-Length: 10") && head.ends_with("\r\n\r\n"), "{head}");
    }

    #[test]
    fn anything_else_is_refused_by_name() {
        let long = [&b"GET /metrics HTTP/1.1\r\nX: "[..], &[b'x'; LONGEST_REQUEST]].concat();
        let cases: [(&[u8], &str); 6] = [
            (b"GET / HTTP/1.1\r\n\r\n", "404"),
            (b"POST /metrics HTTP/1.1\r\n\r\n", "405"),
            (b"GET /metrics\r\n\r\n", "400"),
            (b"GET /metrics SMTP\r\n\r\n", "400"),
            (b"\xFF\xFE\x00\n\n", "400"),
            (&long, "431"),
        ];
        for (request, status) in cases {
            let answer = ask(request);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        }
    }

    #[test]
    fn whoever_sends_nothing_or_half_a_request_is_cut_off() {
        let mut server = open();
        let silent = TcpStream::connect(server.address()).expect("it listens");
        let mut slow = TcpStream::connect(server.address()).expect("it listens");
        slow.write_all(b"GET /metr").expect("it is there");
        let now = serve(&mut server, 0, |server| server.clients.len() == 2);
        let due = server.turn(Instant::from_nanos(now + REST_NS), false, String::new).expect("their end");
        assert!(due.nanos() > LONGEST_NS, "{due:?}");
        serve(&mut server, now, |server| server.clients.is_empty());
        assert!(server.clients.is_empty());
        for mut client in [silent, slow] {
            // The end of the connection, whether it is orderly or not.
            assert!(!matches!(client.read(&mut [0; 16]), Ok(1..)));
        }
    }

    #[test]
    fn a_hundred_clients_cost_no_more_than_a_few_and_the_newest_is_served() {
        let mut server = open();
        let crowd: Vec<_> = (0..100).map(|_| TcpStream::connect(server.address()).expect("it listens")).collect();
        let mut client = TcpStream::connect(server.address()).expect("it listens");
        client.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").expect("it is there");
        client.set_nonblocking(true).expect("it can");
        let mut most = 0;
        let mut told = false;
        let end = serve(&mut server, 0, |server| {
            most = most.max(server.clients.len());
            told |= matches!(client.read(&mut [0; 16]), Ok(1..));
            told
        });
        assert!(told && most <= MOST, "{told}, {most}");
        assert!(end < LONGEST_NS, "no one's time had to run out: {end} ns");
        drop(crowd);
    }

    #[test]
    fn it_rests_after_it_has_done_something_and_never_wakes_for_nothing() {
        let mut server = open();
        let at = |nanos| Instant::from_nanos(nanos);
        assert_eq!(server.turn(at(1), false, String::new), None);
        assert_eq!(server.awaited(at(1)).len(), 1);
        assert_eq!(server.turn(at(2), true, String::new), Some(at(2 + REST_NS)));
        assert!(server.awaited(at(3)).is_empty());
        assert_eq!(server.turn(at(3), true, String::new), Some(at(2 + REST_NS)));
        assert_eq!(server.turn(at(2 + REST_NS), false, String::new), None);
        assert_eq!(server.awaited(at(2 + REST_NS)).len(), 1);
    }
}
