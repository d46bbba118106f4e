//! What can go wrong with the database, told so that a person can act on it.

use std::sync::Arc;

/// An error of the store. Each says what it means in Chinese; those that an operator can cure name the database and the
/// fix.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Someone else was first: another version of the stream, a serialisation failure, a lock that could not be had.
    /// Roll back (or back to the savepoint), load again, decide again.
    #[error("数据已被他人更新（{what}），请刷新后重试")]
    Conflict {
        /// What was in the way.
        what: String,
    },
    /// A row with the same unique key is there already.
    #[error("记录已存在（{what}）")]
    Duplicate {
        /// The constraint, as the database names it.
        what: String,
    },
    /// `database.url` can't be read.
    #[error("database.url “{url}”无效：{why}。{fix}")]
    Url {
        /// The URL, without its password.
        url: String,
        /// What is wrong with it.
        why: String,
        /// What to write.
        fix: String,
    },
    /// The database can't be reached or opened.
    #[error("打不开数据库 {database}：{why}。{fix}")]
    Unavailable {
        /// Path or address, without password.
        database: String,
        /// What the system said.
        why: String,
        /// What to do.
        fix: String,
    },
    /// The database can be read but not written.
    #[error("数据库 {database} 只能读不能写：{why}。{fix}")]
    ReadOnly {
        /// Path or address, without password.
        database: String,
        /// What the system said.
        why: String,
        /// What to do.
        fix: String,
    },
    /// No room left.
    #[error("数据库 {database} 所在磁盘已满：{why}。请清出空间后重试；已提交的数据没有丢失")]
    Full {
        /// Path or address, without password.
        database: String,
        /// What the system said.
        why: String,
    },
    /// The file is damaged or no database.
    #[error("数据库 {database} 损坏或不是数据库文件：{why}。请用 huiying restore 从备份恢复，或改 database.url")]
    Damaged {
        /// Path or address, without password.
        database: String,
        /// What the system said.
        why: String,
    },
    /// The tables are not those of this version.
    #[error("数据库 {database} 的表与本版本不符：{why}。{fix}")]
    Schema {
        /// Path or address, without password.
        database: String,
        /// What is missing or newer.
        why: String,
        /// What to do.
        fix: String,
    },
    /// A stored value can't be read as what it should be.
    #[error("数据库 {database} 中有读不懂的内容：{why}")]
    Unreadable {
        /// Path or address, without password.
        database: String,
        /// Column and reason.
        why: String,
    },
    /// A backup or restore that can't be done as asked.
    #[error("{0}")]
    Backup(String),
    /// Anything else that the database said.
    #[error("数据库 {database} 出错：{source}")]
    Database {
        /// Path or address, without password.
        database: String,
        /// The driver's error.
        #[source]
        source: Arc<sqlx::Error>,
    },
}

impl StoreError {
    /// Whether loading again and deciding again may succeed.
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict { .. })
    }

    /// Whether it may pass by itself: the database went away, is full or locked.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Unavailable { .. } | Self::Full { .. })
    }

    /// What is wrong in few words that name no path and no address: for whoever may know that, and no more.
    pub fn in_short(&self) -> &'static str {
        match self {
            Self::Conflict { .. } | Self::Duplicate { .. } => "数据库正被另一进程写入",
            Self::Full { .. } => "数据库所在磁盘已满",
            Self::ReadOnly { .. } => "数据库只能读不能写",
            Self::Damaged { .. } => "数据库损坏",
            Self::Schema { .. } => "数据库的表与本版本不符",
            Self::Unavailable { .. } => "数据库连不上，或读写出错",
            Self::Url { .. } | Self::Unreadable { .. } | Self::Backup(_) | Self::Database { .. } => "数据库出错",
        }
    }

    /// Tells a driver's error apart.
    pub(super) fn of(error: sqlx::Error, database: &str) -> Self {
        let database = database.to_owned();
        match &error {
            sqlx::Error::Database(inner) => match Self::of_code(inner.as_ref(), &database) {
                Some(known) => known,
                None => Self::Database { database, source: Arc::new(error) },
            },
            sqlx::Error::PoolTimedOut => Self::Unavailable {
                database,
                why: "连接池在限定时间内没有空闲连接".into(),
                fix: "数据库繁忙或已停止响应，请检查其负载".into(),
            },
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable {
                    database, why: "连接已关闭".into(), fix: "服务正在停止，或请重新启动".into()
                }
            }
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) => Self::Unavailable {
                database,
                why: error.to_string(),
                fix: "请确认数据库已启动、地址端口正确、防火墙放行".into(),
            },
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
                Self::Unreadable { database, why: error.to_string() }
            }
            _ => Self::Database { database, source: Arc::new(error) },
        }
    }

    fn of_code(error: &dyn sqlx::error::DatabaseError, database: &str) -> Option<Self> {
        let why = error.message().to_owned();
        let database = database.to_owned();
        if error.is_unique_violation() {
            return Some(Self::Duplicate { what: error.constraint().map_or(why, str::to_owned) });
        }
        let code = error.code()?;
        match code.parse::<i64>() {
            // SQLite gives short decimal codes; PostgreSQL's have five characters, some of them all digits.
            Ok(number) if code.len() < 5 => Self::of_sqlite(number, why, database),
            _ => Self::of_postgres(&code, why, database),
        }
    }

    /// The low byte is the primary code (sqlite.org/rescode.html).
    fn of_sqlite(code: i64, why: String, database: String) -> Option<Self> {
        Some(match code & 0xff {
            5 | 6 => Self::Conflict { what: "数据库正被另一进程写入".into() },
            8 => Self::ReadOnly { database, why, fix: WRITABLE.into() },
            14 | 23 => Self::Unavailable { database, why, fix: WRITABLE.into() },
            10 => {
                Self::Unavailable { database, why, fix: "读写磁盘出错，请检查磁盘与文件系统".into() }
            }
            7 => Self::Unavailable { database, why, fix: "内存不足，请检查本机内存".into() },
            13 => Self::Full { database, why },
            11 | 26 => Self::Damaged { database, why },
            1 if why.contains("no such table") || why.contains("no such column") => {
                Self::Schema { database, why, fix: MIGRATE.into() }
            }
            _ => return None,
        })
    }

    /// SQLSTATE (PostgreSQL, appendix A).
    fn of_postgres(code: &str, why: String, database: String) -> Option<Self> {
        Some(match code {
            "40001" | "40P01" | "55P03" => Self::Conflict { what: "数据库正被另一进程写入".into() },
            "25006" => Self::ReadOnly {
                database, why, fix: "请连接主库，或取消 default_transaction_read_only".into()
            },
            "42501" => Self::ReadOnly { database, why, fix: "请为该数据库用户授予表的读写权限".into() },
            "53100" => Self::Full { database, why },
            "42P01" | "42703" => Self::Schema { database, why, fix: MIGRATE.into() },
            "3D000" => Self::Unavailable { database, why, fix: "请先用 createdb 建立该数据库".into() },
            "28P01" | "28000" => {
                Self::Unavailable { database, why, fix: "请检查 database.url 中的用户名和密码".into() }
            }
            "53300" => Self::Unavailable { database, why, fix: "连接数已满，请调大 max_connections".into() },
            "XX001" | "XX002" => Self::Damaged { database, why },
            "25P03" => Self::Unavailable {
                database, why, fix: "本进程停顿过久，事务已被数据库结束，请重试".into()
            },
            _ if code.starts_with("08") || code.starts_with("57P") => {
                Self::Unavailable { database, why, fix: "数据库正在停止或启动，请稍后重试".into() }
            }
            _ => return None,
        })
    }
}

/// What cures a file that can't be opened or written.
pub(super) const WRITABLE: &str =
    "请确认该路径是文件、所在目录已存在，且运行 huiying 的用户对文件和目录都有写权限（chown/chmod），或改 database.url";
/// What cures missing tables.
pub(super) const MIGRATE: &str = "请运行 huiying migrate";
