//! HDFS, by the hdfs-native crate: single calls, each with a limit. What a sequence of them means is
//! decided in src/hdfs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hdfs_native::client::FileStatus;
use hdfs_native::file::{FileReader, FileWriter};
use hdfs_native::{Client, ClientBuilder, HdfsError, WriteOptions};

use crate::error::{BridgeError, Code, Result};
use crate::hadoop_conf::HadoopConf;
use crate::hdfs_errors::{bridge_error, may_have_happened};
use crate::runtime::{Runtime, guarded, locked, within};
use ffi::{CallLimit, HdfsFile};

#[cxx::bridge(namespace = "punnet::bridge")]
mod ffi {
    #[namespace = "punnet::bridge"]
    extern "C++" {
        include!("punnet_bridge/src/runtime.rs.h");
        type CallLimit = crate::runtime::ffi::CallLimit;
    }

    /// A file or directory, its path absolute.
    struct HdfsFile {
        path: String,
        size: u64,
        stored: u64,
        modified_ms: u64,
        is_directory: bool,
    }

    extern "Rust" {
        /// A name system. Safe to call from many threads.
        type Hdfs;
        /// An open file. Safe to call from many threads.
        type HdfsReader;
        /// A file being written. One thread.
        type HdfsWriter;

        /// Looks at the settings and asks nobody. `authority` is HOST[:PORT], a name service, or
        /// empty for fs.defaultFS; `answer_ms` is how long one answer may take.
        fn open_hdfs(authority: &str, answer_ms: u64) -> Result<Box<Hdfs>>;

        /// "hdfs://HOST:PORT" or "hdfs://NAMESERVICE".
        fn url(self: &Hdfs) -> &str;
        /// All files below a directory, in no order; with `hidden`, also what begins with a dot. One
        /// that is not there has none.
        fn list(self: &Hdfs, directory: &str, hidden: bool, limit: &CallLimit) -> Result<Vec<HdfsFile>>;
        fn stat(self: &Hdfs, path: &str, limit: &CallLimit) -> Result<HdfsFile>;
        fn open(self: &Hdfs, path: &str, limit: &CallLimit) -> Result<Box<HdfsReader>>;
        /// Makes a new file, and the directories above it.
        fn create(self: &Hdfs, path: &str, limit: &CallLimit) -> Result<Box<HdfsWriter>>;
        /// "unknown_outcome" when the answer was lost; after a timeout or a cancel it is unknown too.
        fn rename(self: &Hdfs, from: &str, to: &str, replace: bool, limit: &CallLimit) -> Result<()>;
        /// Whether there was such a file.
        fn remove(self: &Hdfs, path: &str, limit: &CallLimit) -> Result<bool>;
        /// Removes a file, waiting at most `wait_ms`; then it is tried on in the background.
        fn discard(self: &Hdfs, path: &str, wait_ms: u64);

        fn size(self: &HdfsReader) -> u64;
        fn read_at(self: &HdfsReader, position: u64, out: &mut [u8], limit: &CallLimit) -> Result<usize>;

        fn write(self: &mut HdfsWriter, bytes: &[u8], limit: &CallLimit) -> Result<()>;
        /// Syncs and closes. What failed once cannot be tried again.
        fn close(self: &mut HdfsWriter, limit: &CallLimit) -> Result<()>;
    }
}

/// A file that is replaced under its reader loses its blocks within seconds. What is that small is
/// read when it is opened.
const READ_AT_ONCE_BYTES: usize = 64 << 10;
const WRITE_BYTES: usize = 1 << 20;
const READ_BYTES: usize = 4 << 20;
/// The client's own pauses while DataNodes report the last block add up to 15.5 s.
const CLOSE_TIME: Duration = Duration::from_secs(20);
const DISCARD_ATTEMPTS: u32 = 5;

pub struct Hdfs {
    target: Target,
    client: Mutex<Client>,
    reconnects: AtomicUsize,
    answer: Duration,
    runtime: Arc<Runtime>,
}

/// Where a client goes.
struct Target {
    url: String,
    /// The setting that lists the NameNodes of a name service, and their ids.
    namenodes: (String, Vec<String>),
}

fn open_hdfs(authority: &str, answer_ms: u64) -> Result<Box<Hdfs>> {
    guarded(|| {
        let conf = HadoopConf::from_environment()?;
        conf.check_security()?;
        let url = conf.resolve(authority)?;
        let target = Target { namenodes: conf.namenodes(&url), url };
        let answer = Duration::from_millis(answer_ms);
        let runtime = Runtime::shared()?;
        let client = Mutex::new(new_client(&target, 0, answer, &runtime)?);
        Ok(Box::new(Hdfs { target, client, reconnects: AtomicUsize::new(0), answer, runtime }))
    })
}

/// A client without connections, which begins with the n-th NameNode. Waiting for one that is away is
/// the caller's, so it goes round those of a name service once, in case one has just become active,
/// and not longer.
fn new_client(target: &Target, first: usize, answer: Duration, runtime: &Runtime) -> Result<Client> {
    let (namenodes_key, mut ids) = target.namenodes.clone();
    let mut settings = vec![
        ("dfs.client.failover.max.attempts".to_string(), (2 * ids.len()).saturating_sub(1).to_string()),
        ("dfs.client.failover.sleep.base.millis".to_string(), "100".to_string()),
        ("dfs.client.failover.sleep.max.millis".to_string(), "500".to_string()),
        ("dfs.client.socket-timeout".to_string(), answer.as_millis().to_string()),
    ];
    if !ids.is_empty() {
        let turns = first % ids.len();
        ids.rotate_left(turns);
        settings.push((namenodes_key, ids.join(",")));
    }
    ClientBuilder::new()
        .with_url(&target.url)
        .with_io_runtime(runtime.handle().clone())
        .with_config(settings)
        .build()
        .map_err(bridge_error)
}

impl Hdfs {
    fn url(&self) -> &str {
        &self.target.url
    }

    fn client(&self) -> Client {
        locked(&self.client).clone()
    }

    /// Runs a call to its end, or to that of its limit.
    fn run<T>(&self, limit: &CallLimit, future: impl Future<Output = Result<T>>) -> Result<T> {
        let mut ended = false;
        let result = self.runtime.run(limit, async {
            let result = future.await;
            ended = true;
            result
        });
        if !ended {
            self.reconnect();
        }
        result
    }

    /// One answer of the NameNode.
    async fn ask<T>(&self, question: impl Future<Output = hdfs_native::Result<T>>) -> Result<T> {
        let answer = answered(self.answer, question).await;
        if let Err(BridgeError { code: Code::Timeout, .. }) = answer {
            self.reconnect();
        }
        answer.map_err(silence_is_outage)
    }

    /// A connection on which an answer stayed away is not used again, and another NameNode is asked
    /// first.
    fn reconnect(&self) {
        let first = self.reconnects.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(client) = new_client(&self.target, first, self.answer, &self.runtime) {
            *locked(&self.client) = client;
        }
    }

    fn list(&self, directory: &str, hidden: bool, limit: &CallLimit) -> Result<Vec<HdfsFile>> {
        let client = self.client();
        self.run(limit, async {
            let mut files = Vec::new();
            let mut pending = vec![directory.to_string()];
            while let Some(directory) = pending.pop() {
                let found = match self.ask(client.list_status(&directory, false)).await {
                    Ok(found) => found,
                    Err(BridgeError { code: Code::Absent, .. }) => continue,
                    Err(error) => return Err(error),
                };
                for entry in found {
                    // A file is listed as itself.
                    let is_self = entry.path == directory;
                    let name = entry.path.rsplit('/').next().unwrap_or("");
                    if is_self || (name.starts_with('.') && !hidden) {
                        continue;
                    }
                    if entry.isdir {
                        pending.push(entry.path);
                    } else {
                        files.push(described(entry));
                    }
                }
            }
            Ok(files)
        })
    }

    fn stat(&self, path: &str, limit: &CallLimit) -> Result<HdfsFile> {
        let client = self.client();
        self.run(limit, async { self.ask(client.get_file_info(path)).await.map(described) })
    }

    fn open(&self, path: &str, limit: &CallLimit) -> Result<Box<HdfsReader>> {
        let client = self.client();
        self.run(limit, async {
            let mut file = self.ask(client.read(path)).await?;
            let mut content = self.ask(small_content(&file)).await;
            if content.is_err() {
                // It may have been replaced in between; then its blocks are others now.
                file = self.ask(client.read(path)).await?;
                content = self.ask(small_content(&file)).await;
            }
            Ok(Box::new(HdfsReader {
                content: content?,
                file,
                answer: self.answer,
                runtime: Arc::clone(&self.runtime),
            }))
        })
    }

    fn create(&self, path: &str, limit: &CallLimit) -> Result<Box<HdfsWriter>> {
        let client = self.client();
        self.run(limit, async {
            let file = self.ask(client.create(path, WriteOptions::default())).await?;
            Ok(Box::new(HdfsWriter {
                path: path.to_string(),
                file: Some(file),
                size: 0,
                block_size: None,
                is_erasure_coded: false,
                answer: self.answer,
                client: client.clone(),
                runtime: Arc::clone(&self.runtime),
            }))
        })
    }

    fn rename(&self, from: &str, to: &str, replace: bool, limit: &CallLimit) -> Result<()> {
        let client = self.client();
        self.run(limit, async {
            let mut lost = true;
            let renamed = self
                .ask(async {
                    let answer = client.rename(from, to, replace).await;
                    lost = answer.as_ref().is_err_and(may_have_happened);
                    answer
                })
                .await;
            match renamed {
                Err(error) if lost => {
                    // What is asked next must not go down with this connection.
                    self.reconnect();
                    Err(BridgeError { code: Code::UnknownOutcome, ..error })
                }
                other => other,
            }
        })
    }

    fn remove(&self, path: &str, limit: &CallLimit) -> Result<bool> {
        let client = self.client();
        self.run(limit, self.ask(client.delete(path, false)))
    }

    fn discard(&self, path: &str, wait_ms: u64) {
        let (client, answer, path) = (self.client(), self.answer, path.to_string());
        let limit = CallLimit { left_ms: wait_ms, id: 0 };
        if wait_ms > 0 && self.runtime.run(&limit, answered(answer, client.delete(&path, false))).is_ok() {
            return;
        }
        // What still fails then is left to those who look for abandoned files.
        self.runtime.handle().spawn(async move {
            for attempt in 0..DISCARD_ATTEMPTS {
                if answered(answer, client.delete(&path, false)).await.is_ok() {
                    return;
                }
                tokio::time::sleep(Duration::from_secs(1 << attempt)).await;
            }
        });
    }
}

/// What came within `time`.
async fn answered<T>(time: Duration, question: impl Future<Output = hdfs_native::Result<T>>) -> Result<T> {
    let limited = within(time, async { question.await.map_err(bridge_error) }).await;
    limited.map_err(|error| match error.code {
        Code::Timeout => BridgeError::new(Code::Timeout, format!("no answer within {} s", time.as_secs_f32())),
        _ => error,
    })
}

fn described(file: FileStatus) -> HdfsFile {
    let size = file.length as u64;
    HdfsFile {
        size,
        stored: size * u64::from(file.replication.unwrap_or(1).max(1)),
        modified_ms: file.modification_time,
        is_directory: file.isdir,
        path: file.path,
    }
}

/// All of a file that is read at once.
async fn small_content(file: &FileReader) -> hdfs_native::Result<Option<Bytes>> {
    let size = file.file_length();
    if size <= READ_AT_ONCE_BYTES { file.read_range(0, size).await.map(Some) } else { Ok(None) }
}

pub struct HdfsReader {
    file: FileReader,
    content: Option<Bytes>,
    answer: Duration,
    runtime: Arc<Runtime>,
}

impl HdfsReader {
    fn size(&self) -> u64 {
        self.file.file_length() as u64
    }

    fn read_at(&self, position: u64, out: &mut [u8], limit: &CallLimit) -> Result<usize> {
        let position = position.min(self.size()) as usize;
        let length = out.len().min(self.file.file_length() - position);
        let out = &mut out[..length];
        if let Some(content) = &self.content {
            out.copy_from_slice(&content[position..position + length]);
            return Ok(length);
        }
        self.runtime.run(limit, async {
            let mut done = 0;
            for part in out.chunks_mut(READ_BYTES) {
                let at = position + done;
                done += part.len();
                answered(self.answer, self.file.read_range_buf(part, at)).await.map_err(silence_is_outage)?;
            }
            Ok(length)
        })
    }
}

pub struct HdfsWriter {
    path: String,
    file: Option<FileWriter>,
    size: u64,
    block_size: Option<u64>,
    is_erasure_coded: bool, // as far as is known: they cannot be synced
    answer: Duration,
    client: Client,
    runtime: Arc<Runtime>,
}

impl HdfsWriter {
    fn write(&mut self, bytes: &[u8], limit: &CallLimit) -> Result<()> {
        let runtime = Arc::clone(&self.runtime);
        runtime.run(limit, async {
            let mut rest = bytes;
            while !rest.is_empty() {
                let room = self.room().await?;
                let (part, behind) = rest.split_at(rest.len().min(WRITE_BYTES).min(room));
                let Some(file) = &mut self.file else { return Err(closed()) };
                let bytes = Bytes::copy_from_slice(part);
                answered(self.answer, file.write_bytes(bytes)).await.map_err(silence_is_outage)?;
                self.size += part.len() as u64;
                rest = behind;
            }
            Ok(())
        })
    }

    /// How many bytes the current block takes. A full one is ended first.
    async fn room(&mut self) -> Result<usize> {
        if self.size < WRITE_BYTES as u64 {
            return Ok((WRITE_BYTES as u64 - self.size) as usize);
        }
        let block_size = match self.block_size {
            Some(known) => known,
            None => {
                let status = answered(self.answer, self.client.get_file_info(&self.path)).await?;
                *self.block_size.insert(status.blocksize.unwrap_or(u64::MAX).max(1))
            }
        };
        let filled = self.size % block_size;
        if filled == 0 {
            self.end_block(self.size / block_size).await?;
        }
        Ok(usize::try_from(block_size - filled).unwrap_or(usize::MAX))
    }

    /// Makes the last of so many full blocks durable: afterwards it cannot be. A NameNode refuses the
    /// next block while DataNodes have not reported the last but one, and a client of ours cannot ask
    /// again. A file is closed only when all have been reported, so every second block ends with that.
    async fn end_block(&mut self, blocks: u64) -> Result<()> {
        self.sync().await?;
        if self.is_erasure_coded || !blocks.is_multiple_of(2) {
            return Ok(());
        }
        self.complete().await?;
        let file = answered(self.answer, self.client.append(&self.path)).await.map_err(silence_is_outage)?;
        self.file = Some(file);
        Ok(())
    }

    async fn sync(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return Err(closed()) };
        let is_erasure_coded = &mut self.is_erasure_coded;
        let synced = answered(self.answer, async {
            match file.hsync().await {
                // What a cluster promises of such files has to do.
                Err(HdfsError::UnsupportedFeature(_)) => {
                    *is_erasure_coded = true;
                    Ok(())
                }
                other => other,
            }
        });
        synced.await.map_err(silence_is_outage)
    }

    async fn complete(&mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Err(closed()) };
        answered(CLOSE_TIME, file.close()).await.map_err(silence_is_outage)
    }

    fn close(&mut self, limit: &CallLimit) -> Result<()> {
        let runtime = Arc::clone(&self.runtime);
        runtime.run(limit, async {
            self.sync().await?;
            self.complete().await
        })
    }
}

/// Only the caller's own limit is a timeout to him.
fn silence_is_outage(error: BridgeError) -> BridgeError {
    match error.code {
        Code::Timeout => BridgeError { code: Code::Unavailable, ..error },
        _ => error,
    }
}

fn closed() -> BridgeError {
    BridgeError::new(Code::Invalid, "it is closed")
}
