//! Stored files: encrypted, named by the SM3 digest of their content, stored once.
//!
//! A file is written beside its place and renamed, so that a crash leaves either nothing or the
//! whole file. A digest in a case folder must stay readable: a file goes only when its folder is
//! disposed of, and is put back only by the very content it had.
//!
//! Who stores a content, and who deletes one, first holds its digest until his transaction ends, the
//! former beside others, the latter alone: so a content that is there already cannot go between the
//! moment in which it is found and the commit of the row that names it.

use crate::Ctx;
use kernel::{Error, Random, Result};
use proof::vault::Vault;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file taken.
pub const SIZE_MAX: usize = 20 * 1024 * 1024;

/// A table whose rows name stored files by their column `digest`, empty for none.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// Table, with the key `id`.
    pub table: &'static str,
    /// Condition on its row `t` under which the file is kept.
    pub kept: &'static str,
}

/// A row whose file is not as it was stored.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Lost {
    /// Table.
    pub table: &'static str,
    /// Key of the row.
    pub id: String,
    /// Name of the file.
    pub digest: String,
    /// `damaged` or `gone`.
    pub how: &'static str,
}

/// Files told of at once.
const LOST_MAX: usize = 1000;

/// The folder of stored files.
#[derive(Clone)]
pub struct Objects {
    folder: Arc<PathBuf>,
}

impl Objects {
    /// Opens the folder, making it when absent.
    pub fn open(folder: &Path) -> Result<Objects> {
        std::fs::create_dir_all(folder).map_err(|error| full(&error))?;
        Ok(Objects { folder: Arc::new(folder.to_owned()) })
    }

    /// Stores the content of a digest, unless it is there. Errors: `unavailable` when the disk is full
    /// or away.
    async fn put(
        &self,
        vault: &Vault,
        random: &mut Random,
        digest: &str,
        content: &[u8],
    ) -> Result<()> {
        if tokio::fs::try_exists(&self.path(digest)?).await.unwrap_or(false) {
            return Ok(());
        }
        self.write(vault, random, digest, content).await
    }

    /// Puts back the content of a digest whose file is damaged or gone; one that is whole stays as
    /// it is. Errors: `object.damaged` for content of another digest, `unavailable`.
    pub async fn restore(
        &self,
        vault: &Vault,
        random: &mut Random,
        digest: &str,
        content: &[u8],
    ) -> Result<()> {
        if proof::digest::sm3_hex(content) != digest {
            return Err(Error::new(kernel::Kind::Internal, "object.damaged").arg("digest", digest));
        }
        match self.get(vault, digest).await {
            Ok(_) => Ok(()),
            Err(error) if error.kind == kernel::Kind::Unavailable => Err(error),
            Err(_) => self.write(vault, random, digest, content).await,
        }
    }

    async fn remove(&self, digest: &str) -> Result<()> {
        match tokio::fs::remove_file(self.path(digest)?).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(full(&error)),
            _ => Ok(()),
        }
    }

    /// Writes a file beside its place and moves it there.
    async fn write(
        &self,
        vault: &Vault,
        random: &mut Random,
        digest: &str,
        content: &[u8],
    ) -> Result<()> {
        let path = self.path(digest)?;
        let sealed = vault.seal(digest, content, random)?;
        let beside = path.with_extension(random.code(8));
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await.map_err(|error| full(&error))?;
        }
        let written = write(&beside, &sealed).await;
        if let Err(error) = written {
            let _gone = tokio::fs::remove_file(&beside).await;
            return Err(full(&error));
        }
        tokio::fs::rename(&beside, &path).await.map_err(|error| full(&error))
    }

    /// The content with this digest. Errors: `not_found`; `object.damaged` when the bytes on disk
    /// no longer have the digest.
    pub async fn get(&self, vault: &Vault, digest: &str) -> Result<Vec<u8>> {
        let sealed = match tokio::fs::read(self.path(digest)?).await {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::not_found());
            }
            Err(error) => return Err(full(&error)),
        };
        let damaged = || Error::new(kernel::Kind::Internal, "object.damaged").arg("digest", digest);
        let content = vault.open(digest, &sealed).map_err(|_| damaged())?;
        if proof::digest::sm3_hex(&content) == digest { Ok(content) } else { Err(damaged()) }
    }

    fn path(&self, digest: &str) -> Result<PathBuf> {
        if digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::not_found());
        }
        Ok(self.folder.join(&digest[..2]).join(digest))
    }
}

impl Ctx {
    /// Stores a content that a row of this transaction is to name; its digest, 64 lower-case
    /// hexadecimal digits of SM3. Nobody deletes it before the transaction ends.
    ///
    /// Errors: `object.size`, `unavailable` when the disk is full or away, internal in a context that
    /// only reads.
    pub async fn put_object(&mut self, content: &[u8]) -> Result<String> {
        if content.len() > SIZE_MAX {
            return Err(Error::invalid("object.size"));
        }
        let digest = proof::digest::sm3_hex(content);
        self.hold_beside(&held(&digest)).await?;
        let env = self.env.clone();
        env.objects.put(&env.vault, &mut self.random, &digest, content).await?;
        Ok(digest)
    }

    /// Waits until no other transaction that stores the content of this digest is open, and keeps new
    /// ones waiting until this one ends: what is read afterwards of who needs it stays true. Errors:
    /// internal in a context that only reads.
    pub async fn own_object(&mut self, digest: &str) -> Result<()> {
        self.hold_alone(&held(digest)).await
    }

    /// Deletes the file of a digest, if there is one, that this transaction owns and nobody needs.
    /// Errors: as [`Ctx::own_object`]; `unavailable`.
    pub async fn remove_object(&mut self, digest: &str) -> Result<()> {
        self.own_object(digest).await?;
        self.env.objects.remove(digest).await
    }

    /// Rows whose file is damaged or gone, a thousand at most. Reads every file they name, one after
    /// another. Errors: `unavailable`.
    pub async fn lost_objects(&mut self, namings: &[Naming]) -> Result<Vec<Lost>> {
        let env = self.env.clone();
        let mut lost = Vec::new();
        for naming in namings {
            let Naming { table, kept } = *naming;
            let sql = format!(
                "SELECT id, digest FROM {table} t WHERE id > $1 AND digest <> '' AND {kept}
                 ORDER BY id LIMIT 500"
            );
            let mut after = String::new();
            loop {
                let rows: Vec<Named> = self.all(&sql, crate::vals![&after]).await?;
                let Some(last) = rows.last() else { break };
                after.clone_from(&last.id);
                for Named { id, digest } in rows {
                    let how = match env.objects.get(&env.vault, &digest).await {
                        Ok(_) => continue,
                        Err(error) if error.code == "object.damaged" => "damaged",
                        Err(error) if error.kind == kernel::Kind::NotFound => "gone",
                        Err(error) => return Err(error),
                    };
                    // A row that went meanwhile took its file with it.
                    let there =
                        format!("SELECT COUNT(*) FROM {table} WHERE id = $1 AND digest = $2");
                    if self.count(&there, crate::vals![&id, &digest]).await? == 0 {
                        continue;
                    }
                    lost.push(Lost { table, id, digest, how });
                    if lost.len() >= LOST_MAX {
                        return Ok(lost);
                    }
                }
            }
        }
        Ok(lost)
    }
}

/// The name under which a content is held.
fn held(digest: &str) -> String {
    format!("object:{digest}")
}

#[derive(sea_orm::FromQueryResult)]
struct Named {
    id: String,
    digest: String,
}

async fn write(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use tokio::io::AsyncWriteExt;
    let mut file = tokio::fs::File::create(path).await?;
    file.write_all(content).await?;
    file.sync_all().await
}

fn full(error: &std::io::Error) -> Error {
    Error::unavailable(format!("object store: {error}"))
}
