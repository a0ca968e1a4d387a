//! A connection on a thread of its own: the client must not be called from a thread that belongs to
//! a tokio runtime, not even to be dropped.

use std::collections::HashMap;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use postgres::types::ToSql;
use postgres::{Client, Config, NoTls, Row, Statement};

use super::cells::Owned;

/// What the thread works on.
pub(super) struct Work {
    client: Client,
    statements: HashMap<String, Statement>,
}

type Job = Box<dyn FnOnce(&mut Work) + Send>;

#[derive(Debug)]
pub(super) struct Session {
    jobs: Sender<Job>,
}

/// Why a job has no result.
#[derive(Debug)]
pub(super) enum Failure {
    Postgres(postgres::Error),
    /// The thread could not be started, or has ended.
    Thread(String),
}

impl From<postgres::Error> for Failure {
    fn from(error: postgres::Error) -> Self {
        Failure::Postgres(error)
    }
}

/// What every session is set to. Who is frozen within a transaction must not hold up others for
/// long, and what is acknowledged is on the disk.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '4s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') = 'off'";

impl Session {
    pub(super) fn connect(config: Config) -> Result<Self, Failure> {
        let (jobs, todo) = channel::<Job>();
        let (connected, result) = channel();
        let work = move || {
            let client = config.connect(NoTls).and_then(|mut client| {
                client.batch_execute(SETTINGS)?;
                Ok(client)
            });
            let mut work = match client {
                Ok(client) => Work { client, statements: HashMap::new() },
                Err(error) => {
                    let _ = connected.send(Err(error));
                    return;
                }
            };
            if connected.send(Ok(())).is_ok() {
                todo.iter().for_each(|job| job(&mut work));
            }
        };
        let thread = thread::Builder::new().name("tunewright-postgres".into());
        thread.spawn(work).map_err(|error| Failure::Thread(error.to_string()))?;
        match result.recv() {
            Ok(Ok(())) => Ok(Session { jobs }),
            Ok(Err(error)) => Err(error.into()),
            Err(_) => Err(ended()),
        }
    }

    /// Has the thread do something and waits for it.
    pub(super) fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Work) -> Result<T, postgres::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, result) = channel();
        let job = move |work: &mut Work| {
            let _ = done.send(call(work));
        };
        self.jobs.send(Box::new(job)).map_err(|_| ended())?;
        Ok(result.recv().map_err(|_| ended())??)
    }
}

fn ended() -> Failure {
    Failure::Thread("the thread of the connection has ended".into())
}

impl Work {
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), postgres::Error> {
        self.client.batch_execute(sql)
    }

    pub(super) fn run(&mut self, sql: &str, cells: &[Owned]) -> Result<u64, postgres::Error> {
        let statement = self.statement(sql)?;
        self.client.execute(&statement, &references(cells))
    }

    pub(super) fn query(
        &mut self,
        sql: &str,
        cells: &[Owned],
    ) -> Result<Vec<Row>, postgres::Error> {
        if cells.is_empty() {
            // Prepared before it is run: `query_typed` does both at once, and hangs when it has to ask
            // for Optuna's own types while many rows are on their way.
            return self.client.query(sql, &[]);
        }
        let statement = self.statement(sql)?;
        self.client.query(&statement, &references(cells))
    }

    fn statement(&mut self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.statements.get(sql) {
            return Ok(known.clone());
        }
        let prepared = self.client.prepare(sql)?;
        self.statements.insert(sql.to_owned(), prepared.clone());
        Ok(prepared)
    }
}

fn references(cells: &[Owned]) -> Vec<&(dyn ToSql + Sync)> {
    cells.iter().map(|cell| cell as &(dyn ToSql + Sync)).collect()
}
