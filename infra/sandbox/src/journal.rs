//! Rows on disk: what makes an effect survive a SIGKILL.
//!
//! **Invariant:** a row is committed before the answer that tells of it. Write-ahead log with `synchronous=NORMAL`: safe
//! against the death of the process, not against the loss of power.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, params};
use serde::{Serialize, de::DeserializeOwned};

use crate::SandboxError;

/// One SQLite file of `(kind, key) -> JSON`, or nothing at all.
pub(crate) struct Journal {
    file: Option<Connection>,
}

impl Journal {
    pub fn open(directory: Option<&Path>) -> Result<Journal, SandboxError> {
        let Some(directory) = directory else {
            return Ok(Journal { file: None });
        };
        std::fs::create_dir_all(directory).map_err(|source| SandboxError::Directory {
            path: directory.to_owned(),
            source,
        })?;
        let file = Connection::open(directory.join("sandbox.sqlite"))?;
        file.pragma_update(None, "journal_mode", "WAL")?;
        file.pragma_update(None, "synchronous", "NORMAL")?;
        file.execute_batch(
            "CREATE TABLE IF NOT EXISTS rows (kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, \
             PRIMARY KEY (kind, key)) WITHOUT ROWID",
        )?;
        Ok(Journal { file: Some(file) })
    }

    /// Several writes, all or none.
    pub fn together<T>(&self, writes: impl FnOnce() -> Result<T, SandboxError>) -> Result<T, SandboxError> {
        let Some(file) = &self.file else { return writes() };
        let transaction = file.unchecked_transaction()?;
        let value = writes()?;
        transaction.commit()?;
        Ok(value)
    }

    fn put<T: Serialize>(&self, kind: &str, key: &str, value: &T) -> Result<(), SandboxError> {
        let Some(file) = &self.file else { return Ok(()) };
        let value = serde_json::to_string(value)?;
        file.prepare_cached("INSERT INTO rows VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET value = excluded.value")?
            .execute(params![kind, key, value])?;
        Ok(())
    }

    fn remove(&self, kind: &str, key: &str) -> Result<(), SandboxError> {
        let Some(file) = &self.file else { return Ok(()) };
        file.prepare_cached("DELETE FROM rows WHERE kind = ?1 AND key = ?2")?
            .execute(params![kind, key])?;
        Ok(())
    }

    fn load<T: DeserializeOwned>(&self, kind: &str) -> Result<BTreeMap<String, T>, SandboxError> {
        let Some(file) = &self.file else {
            return Ok(BTreeMap::new());
        };
        let mut statement = file.prepare("SELECT key, value FROM rows WHERE kind = ?1 ORDER BY key")?;
        let mut rows = statement.query(params![kind])?;
        let mut loaded = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let value: String = row.get(1)?;
            loaded.insert(row.get(0)?, serde_json::from_str(&value)?);
        }
        Ok(loaded)
    }
}

/// Rows of one kind, in memory and in the journal.
pub(crate) struct Table<T> {
    kind: &'static str,
    rows: BTreeMap<String, T>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    pub fn open(kind: &'static str, journal: &Journal) -> Result<Table<T>, SandboxError> {
        Ok(Table {
            kind,
            rows: journal.load(kind)?,
        })
    }

    /// Written through: on disk first, then in memory.
    pub fn put(&mut self, journal: &Journal, key: &str, value: T) -> Result<(), SandboxError> {
        journal.put(self.kind, key, &value)?;
        self.rows.insert(key.to_owned(), value);
        Ok(())
    }

    pub fn remove(&mut self, journal: &Journal, key: &str) -> Result<(), SandboxError> {
        journal.remove(self.kind, key)?;
        self.rows.remove(key);
        Ok(())
    }

    pub fn get(&self, key: &str) -> Option<&T> {
        self.rows.get(key)
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&String, &T)> {
        self.rows.iter()
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}
