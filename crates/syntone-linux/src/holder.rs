//! Which programs run and what they hold, as far as /proc tells.

use std::fs;
use std::path::{Path, PathBuf};

/// A program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its name, as the kernel knows it.
    pub program: String,
}

impl Holder {
    /// The first other program found whose name is one of these; the kernel shortens names to 15 octets.
    #[must_use]
    pub fn of_name(names: &[&str]) -> Option<Self> {
        others().find(|holder| names.contains(&holder.program.as_str()))
    }

    /// The first other program found that has the file open, of those whose files this user may see.
    #[must_use]
    pub fn of_file(path: impl AsRef<Path>) -> Option<Self> {
        let target = path.as_ref();
        others().find(|holder| has_open(&process(holder.pid), |open| open == target))
    }
}

/// The other programs that run.
fn others() -> impl Iterator<Item = Holder> {
    let processes = fs::read_dir("/proc").ok().into_iter().flatten().flatten();
    processes.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok().filter(|pid| *pid != std::process::id())?;
        Some(Holder { pid, program: program_name(&entry.path()) })
    })
}

fn process(pid: u32) -> PathBuf {
    Path::new("/proc").join(pid.to_string())
}

/// The first program found that has a UDP socket bound to `port`; `None` if it belongs to another user, or if there
/// is none.
///
/// The tables of /proc are no snapshots: while sockets come and go elsewhere a line can be missed, so it looks again.
pub(crate) fn of_udp_port(port: u16) -> Option<Holder> {
    (0..LOOKS).find_map(|_| look_for_udp_port(port))
}

/// How often the tables are read before nobody is believed to hold the port.
const LOOKS: usize = 4;

fn look_for_udp_port(port: u16) -> Option<Holder> {
    let tables = ["/proc/net/udp", "/proc/net/udp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inodes = tables.iter().flat_map(|table| inodes(table, port));
    of_sockets(inodes)
}

/// The first program found that has the socket of that path.
pub(crate) fn of_local_socket(path: &Path) -> Option<Holder> {
    let table = fs::read_to_string("/proc/net/unix").unwrap_or_default();
    of_sockets(local_inodes(&table, path.to_str()?))
}

/// The inode numbers of the sockets with that path in a table of the form of /proc/net/unix.
fn local_inodes(table: &str, path: &str) -> impl Iterator<Item = u64> {
    // Number, references, protocol, flags, type, state, inode, path.
    table.lines().skip(1).filter_map(move |line| {
        let mut fields = line.splitn(8, char::is_whitespace).filter(|field| !field.is_empty());
        let inode = fields.nth(6)?.parse().ok()?;
        (fields.next() == Some(path)).then_some(inode)
    })
}

fn of_sockets(inodes: impl Iterator<Item = u64>) -> Option<Holder> {
    let sockets: Vec<String> = inodes.map(|inode| format!("socket:[{inode}]")).collect();
    if sockets.is_empty() {
        return None;
    }
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid = process.file_name().to_str()?.parse().ok()?;
        let path = process.path();
        has_open(&path, |open| sockets.iter().any(|socket| open == Path::new(socket)))
            .then(|| Holder { pid, program: program_name(&path) })
    })
}

/// The inode numbers of the sockets in a table of the form of /proc/net/udp that are bound to `port`.
fn inodes(table: &str, port: u16) -> impl Iterator<Item = u64> {
    table.lines().skip(1).filter_map(move |line| {
        let mut fields = line.split_whitespace();
        let (_, local_port) = fields.nth(1)?.split_once(':')?;
        // After the local address: remote address, state, queues, timer, retransmissions, user, timeout, inode.
        let inode = fields.nth(7)?.parse().ok()?;
        (u16::from_str_radix(local_port, 16) == Ok(port)).then_some(inode)
    })
}

fn has_open(process: &Path, mut is_it: impl FnMut(&Path) -> bool) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors.flatten().any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| is_it(&target)))
}

fn program_name(process: &Path) -> String {
    fs::read_to_string(process.join("comm")).map_or_else(|_| "a program".into(), |name| name.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_this_process_behind_its_own_socket() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let holder = of_udp_port(socket.local_addr().unwrap().port()).unwrap();
        assert_eq!(holder.pid, std::process::id());
        assert!(!holder.program.is_empty());
    }

    #[test]
    fn finds_another_program_by_its_name_and_by_its_file() {
        let path = std::env::temp_dir().join(format!("syntone-holder-{}", std::process::id()));
        let file = fs::File::create(&path).unwrap();
        let path = path.canonicalize().unwrap();
        assert_eq!(Holder::of_file(&path), None, "this program does not count");
        let mut child = std::process::Command::new("sleep").arg("60").stdin(file).spawn().unwrap();
        // The child has its name once it has begun, which spawn does not wait for.
        let found = (0..1000).find_map(|_| {
            std::thread::yield_now();
            Holder::of_name(&["sleep"]).zip(Holder::of_file(&path))
        });
        child.kill().unwrap();
        child.wait().unwrap();
        fs::remove_file(&path).unwrap();
        let (_, by_file) = found.expect("it runs");
        assert_eq!((by_file.pid, by_file.program.as_str()), (child.id(), "sleep"));
    }

    #[test]
    fn reads_the_table_of_the_kernel() {
        // Lines as Linux 6.1 prints them.
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
             1234: 00000000:013F 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 29876 2 0000000000000000 0\n\
             1235: 0100007F:0140 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 29877 2 0000000000000000 0\n";
        assert_eq!(inodes(table, 319).collect::<Vec<_>>(), [29876]);
        assert_eq!(inodes(table, 320).collect::<Vec<_>>(), [29877]);
        assert_eq!(inodes(table, 321).count(), 0);
    }
}
