//! What happened in the administration: users and roles, who logged in, and what became of the data as a whole.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::domain::ids::{IncidentId, MentionId, UserId};
use crate::domain::instant::Instant;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AdminEvent {
    /// 新增用户
    UserAdded {
        /// Log-in name.
        user: UserId,
        /// 姓名
        name: String,
        /// Roles.
        roles: Vec<Role>,
    },
    /// 改名
    UserRenamed {
        /// Who.
        user: UserId,
        /// 姓名
        name: String,
    },
    /// 变更角色
    RolesChanged {
        /// Who.
        user: UserId,
        /// Roles from now on.
        roles: Vec<Role>,
    },
    /// 停用
    UserDeactivated {
        /// Who.
        user: UserId,
    },
    /// 启用
    UserReactivated {
        /// Who.
        user: UserId,
    },
    /// 修改密码
    PasswordChanged {
        /// Whose.
        user: UserId,
    },
    /// 登录
    LoggedIn {
        /// Who.
        user: UserId,
        /// From where: an IPv4 address, or a /64 of IPv6.
        address: String,
    },
    /// 登录失败: a password was looked at and was wrong. Attempts that had to wait are none.
    LogInFailed {
        /// The name that was tried; none if it could be no user's, since people type their password into the wrong field.
        name: Option<UserId>,
        /// From where.
        address: String,
    },
    /// 退出
    LoggedOut {
        /// Who.
        user: UserId,
        /// From where.
        address: String,
    },
    /// 按保存期限删除: what the service itself deleted because its time was over, so that nobody takes it for tampering.
    ///
    /// Mentions that a case refers to stand in `mentions`, and this event is in the transaction that deleted them: a mention
    /// that the record knows, that is missing from its table and that no such event names, was deleted by somebody else. Cases
    /// whose title and summary went stand in `incidents` in the same way. What no case refers to is only counted.
    LetGo {
        /// Of which kind.
        kind: Kept,
        /// What was older than this went.
        before: Instant,
        /// How many.
        count: u64,
        /// Mentions that cases refer to, where it is about mentions.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<MentionId>,
        /// Cases whose title and summary went.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        incidents: Vec<IncidentId>,
    },
    /// 备份
    BackedUp {
        /// The file.
        file: String,
        /// Its size.
        bytes: u64,
        /// Who ran the command, as the operating system knows them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
    /// 导出
    Exported {
        /// Which product: `ledger`, `scorecard`, …
        what: String,
        /// The file, with its whole path.
        file: String,
        /// SHA-256 of what was written: only what still lies there unchanged is deleted when its time is over.
        sha256: String,
        /// How many cases it tells of.
        cases: u64,
        /// Who ran the command, as the operating system knows them; on a page it is who stands with the event.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
    /// 迁移数据库: the last event of the office's life in one database, the copy of it the last but one in the other.
    Moved {
        /// Address or file, without password.
        from: String,
        /// Where the office is from now on.
        to: String,
        /// Who ran the command, as the operating system knows them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
    /// 修改规则文件: from a page, or restored there. Its text stands in `rule_versions`, which retention may shorten; the hash of
    /// what was decided stands here.
    RuleSaved {
        /// The file, relative to the rules folder.
        file: String,
        /// Hash of its text; none where it was taken away.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hash: Option<String>,
        /// Hash of the text before, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        /// Why, in the words of whoever did it.
        why: String,
    },
    /// 作者散列密钥: made, moved out of the database, or another one from now on. Never the key itself.
    AuthorKey {
        /// What became of it.
        change: KeyChange,
        /// Who ran the command, as the operating system knows them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<String>,
    },
}

/// What is kept for a time only (保存期限), by `[retention]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// 信息
    Mentions,
    /// 事件的标题与摘要: what a closed case still says of a post.
    CaseTexts,
    /// 未能入库的记录
    Rejects,
    /// 站内通知
    Notices,
    /// 发件箱
    Outbox,
    /// 登录会话
    Sessions,
    /// 导出的文件
    Exports,
}

impl Kept {
    /// Its id in the record and in the configuration.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mentions => "mentions",
            Self::CaseTexts => "case_texts",
            Self::Rejects => "rejects",
            Self::Notices => "notices",
            Self::Outbox => "outbox",
            Self::Sessions => "sessions",
            Self::Exports => "exports",
        }
    }
}

/// What became of the key of the author hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// The first one of this installation.
    Made,
    /// Out of the database, where earlier versions kept it, into its file.
    TakenOut,
    /// Another one in its place: hashes before and after don't match.
    Rotated,
}

impl AdminEvent {
    /// The event's name in the ledger.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::UserAdded { .. } => "user_added",
            Self::UserRenamed { .. } => "user_renamed",
            Self::RolesChanged { .. } => "roles_changed",
            Self::UserDeactivated { .. } => "user_deactivated",
            Self::UserReactivated { .. } => "user_reactivated",
            Self::PasswordChanged { .. } => "password_changed",
            Self::LoggedIn { .. } => "logged_in",
            Self::LogInFailed { .. } => "log_in_failed",
            Self::LoggedOut { .. } => "logged_out",
            Self::LetGo { .. } => "let_go",
            Self::BackedUp { .. } => "backed_up",
            Self::Exported { .. } => "exported",
            Self::Moved { .. } => "moved",
            Self::RuleSaved { .. } => "rule_saved",
            Self::AuthorKey { .. } => "author_key",
        }
    }

    /// Whose account it changes, if it changes one.
    pub const fn user(&self) -> Option<&UserId> {
        match self {
            Self::UserAdded { user, .. }
            | Self::UserRenamed { user, .. }
            | Self::RolesChanged { user, .. }
            | Self::UserDeactivated { user }
            | Self::UserReactivated { user }
            | Self::PasswordChanged { user } => Some(user),
            Self::LoggedIn { .. }
            | Self::LogInFailed { .. }
            | Self::LoggedOut { .. }
            | Self::LetGo { .. }
            | Self::BackedUp { .. }
            | Self::Exported { .. }
            | Self::Moved { .. }
            | Self::RuleSaved { .. }
            | Self::AuthorKey { .. } => None,
        }
    }

    /// Whose rights, or whose being logged in, it changes.
    pub const fn changes_access_of(&self) -> Option<&UserId> {
        match self {
            Self::LoggedOut { user, .. } => Some(user),
            Self::RolesChanged { user, .. }
            | Self::UserDeactivated { user }
            | Self::UserReactivated { user }
            | Self::PasswordChanged { user } => Some(user),
            _ => None,
        }
    }
}
