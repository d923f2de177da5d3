//! A line: a pair of sockets, of which other threads write to one, and the loop reads the other.

use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};

use crate::books::Books;

/// The end at which a thread sends, and how many messages it has sent.
pub struct Far(Mutex<(UnixDatagram, u64)>);

impl Far {
    /// Sends the next message, unless there is no room.
    pub fn send(&self) {
        let mut far = self.0.lock().unwrap();
        if far.0.send(&far.1.to_ne_bytes()).is_ok() {
            far.1 += 1;
        }
    }

    fn sent(&self) -> u64 {
        self.0.lock().unwrap().1
    }
}

/// The loop's end.
pub struct Line {
    pub here: UnixDatagram,
    pub far: Arc<Far>,
    received: u64,
}

impl Line {
    pub fn new() -> Self {
        let (here, far) = UnixDatagram::pair().expect("a pair of sockets");
        for end in [&here, &far] {
            end.set_nonblocking(true).expect("a socket need not block");
        }
        Line { here, far: Arc::new(Far(Mutex::new((far, 0)))), received: 0 }
    }

    /// Reads one message, which is the next one. Whether there was any.
    pub fn read(&mut self, books: &mut Books) -> bool {
        let mut message = [0; 8];
        match self.here.recv(&mut message) {
            Ok(_) => {
                let number = u64::from_ne_bytes(message);
                if number != self.received {
                    books.fault(format_args!("message {number} instead of {}", self.received));
                }
                self.received += 1;
                books.received += 1;
                true
            }
            Err(error) => {
                if error.kind() != ErrorKind::WouldBlock {
                    books.fault(format_args!("a line is broken: {error}"));
                }
                books.vain += 1;
                false
            }
        }
    }

    /// Whether all that was sent was received.
    pub fn is_quiet(&self) -> bool {
        self.far.sent() == self.received
    }

    /// Counts what nobody will receive any more.
    pub fn close(self, books: &mut Books) {
        let sent = self.far.sent();
        books.sent += sent;
        books.left += sent - self.received;
    }

    /// Each message that was sent was received.
    pub fn settle(self, books: &mut Books) {
        let sent = self.far.sent();
        if sent != self.received {
            books.fault(format_args!("{} of {sent} messages are lost", sent - self.received));
        }
        self.close(books);
    }
}
