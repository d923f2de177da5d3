//! Fetches several URLs at once into a folder, and drops what is too large as soon as it is.
//!
//!     fetch FOLDER URL...   fetches from where you say
//!     fetch                 fetches four things from a server of its own, of which one is too large

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs};

use outlive_curl::{Easy, Multi, Taken, Transfer};

#[path = "../tests/server/mod.rs"]
mod server;

const TOO_LARGE: u64 = 10 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [folder, urls @ ..] = &arguments[..] {
        return fetch(Path::new(folder), urls, TOO_LARGE);
    }
    let (server, folder) = (server::Server::new(), tempfile::tempdir()?);
    let urls = ["/hello", "/bytes/900000", "/none", "/bytes/30000000"].map(|path| server.url(path));
    fetch(folder.path(), &urls, 1_000_000)?;
    assert_eq!(fs::read(folder.path().join("0-hello"))?, b"hello");
    assert!(fs::read_dir(folder.path())?.count() < urls.len(), "what was too large is not there");
    Ok(())
}

/// One file that is being fetched.
struct Fetch {
    url: String,
    path: PathBuf,
    bytes: Arc<AtomicU64>,
    /// Empty when it was too large: the callback that sees it drops the transfer.
    transfer: Arc<Mutex<Option<Transfer>>>,
}

fn fetch(folder: &Path, urls: &[String], most: u64) -> Result<(), Box<dyn Error>> {
    let mut multi = Multi::new()?;
    let mut fetches = Vec::new();
    for (number, url) in urls.iter().enumerate() {
        fetches.push(begin(&mut multi, folder, number, url, most)?);
    }
    let mut bytes: u64 = 0;
    while multi.perform()? > 0 {
        multi.wait(Duration::from_millis(200))?;
        let before = bytes;
        bytes = fetches.iter().map(|fetch| fetch.bytes.load(Ordering::Relaxed)).sum();
        if bytes != before {
            println!("{bytes} bytes");
        }
    }
    for fetch in &fetches {
        let result = fetch.transfer.lock().unwrap().as_ref().map(Transfer::result);
        match result {
            Some(Some(Ok(200))) => println!("{}: {}", fetch.url, fetch.path.display()),
            other => {
                fs::remove_file(&fetch.path)?;
                match other.flatten() {
                    None => println!("{}: too large", fetch.url),
                    Some(Ok(status)) => println!("{}: status {status}", fetch.url),
                    Some(Err(error)) => println!("{}: {error}", fetch.url),
                }
            }
        }
    }
    Ok(())
}

fn begin(
    multi: &mut Multi,
    folder: &Path,
    number: usize,
    url: &str,
    most: u64,
) -> Result<Fetch, Box<dyn Error>> {
    let name = url.rsplit('/').find(|part| !part.is_empty()).unwrap_or("index");
    let path = folder.join(format!("{number}-{name}"));
    let mut file = File::create(&path)?;
    let (bytes, transfer) = (Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(None)));

    let mut easy = Easy::new()?;
    easy.url(url)?;
    easy.follow(true)?;
    easy.on_write(move |data| match file.write_all(data) {
        Ok(()) => Taken::All,
        Err(_) => Taken::Abort,
    })?;
    let (counts, own) = (Arc::clone(&bytes), Arc::clone(&transfer));
    easy.on_progress(move |progress| {
        counts.store(progress.downloaded, Ordering::Relaxed);
        if progress.downloaded.max(progress.download_total) > most {
            // Inside of its own callback: libcurl finds that out when this returns.
            drop(own.lock().unwrap().take());
        }
        ControlFlow::Continue(())
    })?;
    *transfer.lock().unwrap() = Some(multi.add(easy)?);
    Ok(Fetch { url: url.into(), path, bytes, transfer })
}
