//! Who holds a UDP port or a local socket, as far as /proc tells.

use std::fs;
use std::path::Path;

/// The program that has a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its process id.
    pub pid: u32,
    /// Its name, as the kernel knows it.
    pub program: String,
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
        has_socket(&path, &sockets).then(|| Holder { pid, program: program_name(&path) })
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

fn has_socket(process: &Path, sockets: &[String]) -> bool {
    let Ok(descriptors) = fs::read_dir(process.join("fd")) else { return false };
    descriptors.flatten().any(|descriptor| {
        fs::read_link(descriptor.path()).is_ok_and(|target| sockets.iter().any(|socket| target == Path::new(socket)))
    })
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
