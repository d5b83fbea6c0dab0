//! Sockets for programs on the same machine.

use crate::sys::{local, signal, time};
use crate::{Error, holder};
use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use syntone_hal::Instant;

pub use crate::sys::local::LocalAddress;

/// A UNIX datagram socket with a path, which is removed with it. Nothing in it blocks but [`LocalSocket::wait`].
#[derive(Debug)]
pub struct LocalSocket {
    socket: OwnedFd,
    path: PathBuf,
    /// Of the file, so that what another has put there since is not removed.
    file: Option<(u64, u64)>,
}

impl LocalSocket {
    /// Makes the socket. One that a program left behind is replaced; `mode` is that of the file.
    ///
    /// # Errors
    /// [`Error::LocalSocketTaken`] if a program uses it; [`Error::LocalSocket`] where it cannot be.
    pub fn bind(path: &Path, mode: u32) -> Result<Self, Error> {
        let refused = |source| Error::LocalSocket { path: path.to_owned(), source };
        let address = address(path)?;
        let socket = local::unnamed().map_err(refused)?;
        if let Err(error) = local::bind(socket.as_fd(), &address) {
            if error.kind() != io::ErrorKind::AddrInUse || !is_socket(path) {
                return Err(refused(error));
            }
            if local::is_alive(&address) {
                return Err(Error::LocalSocketTaken { path: path.to_owned(), holder: holder::of_local_socket(path) });
            }
            fs::remove_file(path).map_err(refused)?;
            local::bind(socket.as_fd(), &address).map_err(refused)?;
        }
        let made = Self { socket, path: path.to_owned(), file: identity(path) };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(refused)?;
        Ok(made)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes the next message: how long it is, and who sent it, where they can be answered. A longer one than the buffer is left out.
    ///
    /// # Errors
    /// When the system fails.
    pub fn receive(&self, buffer: &mut [u8]) -> Result<Option<(usize, Option<LocalAddress>)>, Error> {
        loop {
            match local::receive(self.socket.as_fd(), buffer) {
                Ok((length, _)) if length > buffer.len() => {}
                Ok(received) => return Ok(Some(received)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(source) => return Err(Error::LocalSocket { path: self.path.clone(), source }),
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When nobody is there, or they do not read.
    pub fn send(&self, octets: &[u8], to: &LocalAddress) -> Result<(), Error> {
        local::send(self.socket.as_fd(), octets, to).map_err(|source| Error::system("answer on a local socket", source))
    }

    /// Sends a message to the socket at a path.
    ///
    /// # Errors
    /// [`Error::LocalSocket`] of that path.
    pub fn send_to(&self, octets: &[u8], path: &Path) -> Result<(), Error> {
        let refused = |source| Error::LocalSocket { path: path.to_owned(), source };
        local::send(self.socket.as_fd(), octets, &address(path)?).map_err(refused)
    }

    /// Waits until a message is there, until the time is `until`, or until a signal comes.
    ///
    /// # Errors
    /// When the system refuses to wait.
    pub fn wait(&self, until: Instant) -> Result<(), Error> {
        if signal::stop_requested() {
            return Ok(());
        }
        let milliseconds = until.nanos_since(time::monotonic()).div_ceil(1_000_000);
        local::wait(self.socket.as_fd(), i32::try_from(milliseconds).unwrap_or(i32::MAX))
            .map_err(|source| Error::LocalSocket { path: self.path.clone(), source })
    }
}

impl AsFd for LocalSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl Drop for LocalSocket {
    fn drop(&mut self) {
        if self.file.is_some() && identity(&self.path) == self.file {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn address(path: &Path) -> Result<LocalAddress, Error> {
    let source = || io::Error::new(io::ErrorKind::InvalidInput, "the path is longer than 107 octets, or empty");
    LocalAddress::of_path(path).ok_or_else(|| Error::LocalSocket { path: path.to_owned(), source: source() })
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket())
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("syntone-local-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_message_is_answered_and_the_file_goes_with_its_socket() {
        let folder = Folder::new("answer");
        let (server, client) = (folder.0.join("server"), folder.0.join("client"));
        let server = LocalSocket::bind(&server, 0o640).unwrap();
        assert_eq!(fs::metadata(server.path()).unwrap().permissions().mode() & 0o777, 0o640);
        let client = LocalSocket::bind(&client, 0o666).unwrap();
        assert_eq!(server.receive(&mut [0; 16]).unwrap(), None);
        client.send_to(b"question", server.path()).unwrap();
        client.send_to(b"much longer than the buffer", server.path()).unwrap();
        client.send_to(b"2", server.path()).unwrap();
        let mut buffer = [0; 16];
        let (length, from) = server.receive(&mut buffer).unwrap().unwrap();
        assert_eq!(&buffer[..length], b"question");
        server.send(b"answer", &from.expect("a name")).unwrap();
        let (length, from) = client.receive(&mut buffer).unwrap().unwrap();
        assert_eq!((&buffer[..length], from), (&b"answer"[..], LocalAddress::of_path(server.path())));
        assert_eq!(server.receive(&mut buffer).unwrap().map(|(length, _)| length), Some(1));
        let path = server.path().to_owned();
        drop(server);
        assert!(!path.exists());
        assert!(client.send_to(b"again", &path).is_err());
    }

    #[test]
    fn a_stale_socket_is_replaced_and_one_in_use_is_not() {
        let folder = Folder::new("stale");
        let path = folder.0.join("socket");
        let mut first = LocalSocket::bind(&path, 0o600).unwrap();
        match LocalSocket::bind(&path, 0o600) {
            Err(Error::LocalSocketTaken { holder: Some(holder), .. }) => assert_eq!(holder.pid, std::process::id()),
            other => panic!("{other:?}"),
        }
        // As if killed: the file stays.
        first.file = None;
        drop(first);
        assert!(path.exists());
        let second = LocalSocket::bind(&path, 0o600).unwrap();
        assert_eq!(second.receive(&mut [0; 1]).unwrap(), None);
        drop(second);
        fs::write(&path, "a file of somebody").unwrap();
        assert!(matches!(LocalSocket::bind(&path, 0o600), Err(Error::LocalSocket { .. })));
        assert!(path.exists(), "what is no socket is left alone");
    }
}
