//! A connection to a PostgreSQL database, which is made again when it is lost.

#![allow(clippy::disallowed_methods, reason = "how long others are waited for is a matter of time")]

use std::error::Error as _;
use std::io;
use std::time::{Duration, Instant};

use postgres::config::{Config, Host};
use postgres::error::SqlState;

use super::super::engine::{Cell, Dialect, Engine, Fault, Row, Tried, Unsynced, texts};
use super::cells::Owned;
use super::session::{Failure, Session, Work};
use crate::error::{Error, Result};
use crate::trial::Timestamp;

/// For how long a server may take to answer, where the address does not say.
const CONNECT: Duration = Duration::from_secs(10);
/// After how long a connection on which nothing comes back counts as lost.
const SILENCE: Duration = Duration::from_secs(30);

/// For how long a server that has not answered yet is waited for: it may be starting, or the address
/// may be wrong.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// Who makes tables holds this lock.
const SCHEMA_LOCK: &str = "SELECT pg_advisory_xact_lock(8319395703953682548)";

static DIALECT: Dialect = Dialect {
    id: "SERIAL",
    float: "FLOAT(53)",
    time: "TIMESTAMP WITHOUT TIME ZONE",
    direction: "studydirection",
    state: "trialstate",
    value_type: "trialvaluetype",
    intermediate_type: "trialintermediatevaluetype",
    types: "DO $$ BEGIN \
                CREATE TYPE studydirection AS ENUM ('NOT_SET', 'MINIMIZE', 'MAXIMIZE'); \
            EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
            DO $$ BEGIN \
                CREATE TYPE trialstate AS ENUM \
                    ('RUNNING', 'COMPLETE', 'PRUNED', 'FAIL', 'WAITING'); \
            EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
            DO $$ BEGIN \
                CREATE TYPE trialvaluetype AS ENUM ('FINITE', 'INF_POS', 'INF_NEG'); \
            EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
            DO $$ BEGIN \
                CREATE TYPE trialintermediatevaluetype AS ENUM \
                    ('FINITE', 'INF_POS', 'INF_NEG', 'NAN'); \
            EXCEPTION WHEN duplicate_object THEN NULL; END $$;\n",
    is_shared: true,
};

#[derive(Debug)]
pub(super) struct Connection {
    config: Config,
    session: Option<Session>,
    made: Instant,
    was_connected: bool,
    /// Whether a transaction was begun; it is gone with the session.
    is_within: bool,
    commits: u64,
    /// The transactions that were visible when it was asked for last, and when all had been read.
    snapshot: Option<String>,
    seen: Option<String>,
}

/// Fills in what the address leaves open.
pub(super) fn complete(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if config.get_application_name().is_none() {
        config.application_name("tunewright");
    }
    config.keepalives_idle(SILENCE);
}

/// The database without its password.
pub(super) fn name(config: &Config) -> String {
    let host = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => host.clone(),
        #[cfg(unix)]
        Some(Host::Unix(path)) => path.display().to_string(),
        None => "localhost".into(),
    };
    let database = config.get_dbname().or(config.get_user()).unwrap_or("postgres");
    format!("the database {database} on {host}")
}

impl Connection {
    /// Connects when it has something to do.
    pub(super) fn new(config: Config) -> Self {
        Connection {
            config,
            session: None,
            made: Instant::now(),
            was_connected: false,
            is_within: false,
            commits: 0,
            snapshot: None,
            seen: None,
        }
    }

    fn call<T: Send + 'static>(
        &mut self,
        call: impl FnOnce(&mut Work) -> Result<T, postgres::Error> + Send + 'static,
    ) -> Tried<T> {
        let session = match self.session.take() {
            Some(session) => session,
            None if self.is_within => {
                let message = format!("the connection to {} was lost", name(&self.config));
                return Err(Fault::Lost(Error::Storage(message.into())));
            }
            None => self.connect()?,
        };
        match session.call(call) {
            Ok(done) => {
                self.session = Some(session);
                Ok(done)
            }
            Err(failure) => {
                let fault = self.fault(&failure);
                if is_gone(&failure) {
                    self.seen = None;
                } else {
                    self.session = Some(session);
                }
                Err(fault)
            }
        }
    }

    fn connect(&mut self) -> Tried<Session> {
        match Session::connect(self.config.clone()).map_err(|failure| self.fault(&failure)) {
            Ok(session) => {
                self.was_connected = true;
                Ok(session)
            }
            Err(Fault::Lost(error))
                if !self.was_connected && self.made.elapsed() > FIRST_ANSWER =>
            {
                Err(Fault::Final(error))
            }
            failed => failed,
        }
    }

    fn fault(&self, failure: &Failure) -> Fault {
        let name = name(&self.config);
        let message = match failure {
            Failure::Thread(message) => message.clone(),
            Failure::Postgres(error) => match error.as_db_error() {
                Some(error) => {
                    let more = [error.detail(), error.hint()].into_iter().flatten();
                    more.fold(error.message().to_owned(), |text, more| format!("{text}; {more}"))
                }
                None => match error.source() {
                    Some(source) => format!("{error}: {source}"),
                    None => error.to_string(),
                },
            },
        };
        let error = Error::Storage(format!("{name}: {}", message.replace('\n', " ")).into());
        if is_gone(failure) || is_passing(failure) {
            Fault::Lost(error)
        } else {
            Fault::Final(error)
        }
    }
}

/// Whether the session is of no use any more.
fn is_gone(failure: &Failure) -> bool {
    let Failure::Postgres(error) = failure else { return true };
    if error.is_closed() || error.source().is_some_and(|source| source.is::<io::Error>()) {
        return true;
    }
    let gone = [
        &SqlState::ADMIN_SHUTDOWN,
        &SqlState::CRASH_SHUTDOWN,
        &SqlState::CANNOT_CONNECT_NOW,
        &SqlState::TOO_MANY_CONNECTIONS,
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    let code = error.code();
    // Class 08 are exceptions of the connection.
    code.is_some_and(|code| gone.contains(&code) || code.code().starts_with("08"))
}

/// Whether the transaction was given up for others', so that it may be tried again.
fn is_passing(failure: &Failure) -> bool {
    let Failure::Postgres(error) = failure else { return false };
    let passing = [
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
        &SqlState::LOCK_NOT_AVAILABLE,
    ];
    error.code().is_some_and(|code| passing.contains(&code))
}

impl Engine for Connection {
    fn dialect(&self) -> &'static Dialect {
        &DIALECT
    }

    fn tables(&mut self) -> Tried<Vec<String>> {
        let sql = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()";
        texts(self, sql, &[])
    }

    fn batch(&mut self, sql: &str) -> Tried<()> {
        let sql = sql.to_owned();
        self.call(move |work| work.batch(&sql))
    }

    fn run(&mut self, sql: &str, cells: &[Cell<'_>]) -> Tried<u64> {
        let (sql, cells): (_, Vec<Owned>) =
            (sql.to_owned(), cells.iter().map(Into::into).collect());
        self.call(move |work| work.run(&sql, &cells))
    }

    fn query(
        &mut self,
        sql: &str,
        cells: &[Cell<'_>],
        each: &mut dyn FnMut(&dyn Row),
    ) -> Tried<()> {
        let (sql, cells): (_, Vec<Owned>) =
            (sql.to_owned(), cells.iter().map(Into::into).collect());
        let rows = self.call(move |work| work.query(&sql, &cells))?;
        rows.iter().for_each(|row| each(row));
        Ok(())
    }

    fn begin_read(&mut self) -> Tried<()> {
        self.batch("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        self.is_within = true;
        Ok(())
    }

    fn begin_write(&mut self) -> Tried<()> {
        // After a lock was waited for, what its holder has written has to be seen.
        self.batch("BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE")?;
        self.is_within = true;
        Ok(())
    }

    fn commit(&mut self) -> Tried<()> {
        self.batch("COMMIT")?;
        self.is_within = false;
        self.commits += 1;
        Ok(())
    }

    fn rollback(&mut self) {
        if self.is_within {
            self.is_within = false;
            if self.session.is_some() {
                // A session that fails here is replaced by the next call.
                let _ = self.batch("ROLLBACK");
            }
        }
    }

    fn lock_study(&mut self, id: i64) -> Tried<()> {
        let sql = "SELECT study_id FROM studies WHERE study_id = $1 FOR UPDATE";
        self.query(sql, &[Cell::Int(id)], &mut |_| {})
    }

    fn lock_trials(&mut self, ids: &[i64]) -> Tried<()> {
        let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
        let ids = ids.join(", ");
        let sql = format!(
            "SELECT trial_id FROM trials WHERE trial_id IN ({ids}) ORDER BY trial_id FOR UPDATE"
        );
        self.query(&sql, &[], &mut |_| {})
    }

    fn lock_schema(&mut self) -> Tried<()> {
        self.query(SCHEMA_LOCK, &[], &mut |_| {})
    }

    /// While no transaction ends, whosever it may be, all of them see the same.
    fn has_changed(&mut self) -> Tried<bool> {
        let sql = "SELECT CAST(txid_current_snapshot() AS TEXT)";
        self.snapshot = texts(self, sql, &[])?.pop();
        Ok(self.seen.is_none() || self.seen != self.snapshot)
    }

    fn seen(&mut self) {
        self.seen = self.snapshot.take();
    }

    fn unsynced(&mut self) -> Result<Option<Unsynced>> {
        Ok(None)
    }

    fn time(&mut self) -> Option<Timestamp> {
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let mut time = None;
        self.query(sql, &[], &mut |row| time = row.int(0)).ok()?;
        u64::try_from(time?).ok().map(Timestamp)
    }

    fn commits(&self) -> u64 {
        self.commits
    }

    fn name(&self) -> String {
        name(&self.config)
    }
}
