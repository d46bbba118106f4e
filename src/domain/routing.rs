//! By which channels someone is told, and under which name and addresses (送达方式): a function of the rules' contacts and
//! of what is configured. In-app is always among them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::ids::BodyId;
use super::office::{CITY, Holder, Office};

/// The channel that is always there: the recipient's own page.
pub const IN_APP: &str = "in_app";
/// 电子邮件
pub const SMTP: &str = "smtp";
/// A signed call to another system.
pub const WEBHOOK: &str = "webhook";
/// 企业微信群机器人
pub const WECOM: &str = "wecom";
/// 钉钉群机器人
pub const DINGTALK: &str = "dingtalk";
/// 飞书群机器人
pub const FEISHU: &str = "feishu";
/// All of them.
pub const CHANNELS: [&str; 6] = [IN_APP, SMTP, WEBHOOK, WECOM, DINGTALK, FEISHU];

/// Under which name the database keeps when a channel last accepted a test notice: this and the channel's id.
pub const TESTED: &str = "channel_tested.";

/// Longest address of a mailbox (RFC 5321), in characters.
const EMAIL_CHARS_MAX: usize = 254;

/// Whether a text can be the address of a mailbox.
pub fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || "<>,;\"".contains(c));
    text.len() <= EMAIL_CHARS_MAX && text.split_once('@').is_some_and(|(name, host)| plain(name) && plain(host))
}

/// A recipient of notices as the channels need them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Addressee {
    /// In Chinese, for people.
    pub name: String,
    /// Mailboxes.
    pub emails: Vec<String>,
    /// The ids by which a group robot may be meant for them, the narrowest first: their own, their jurisdiction's.
    pub places: Vec<String>,
}

/// A recipient by the id in a notice: a holder of a roster, a body, or a user (whom the rules don't know).
pub fn addressee(office: &Office, recipient: &str) -> Addressee {
    for roster in office.rosters.values() {
        if let Some(holder) = roster.holders().find(|holder| holder.id == recipient) {
            return Addressee {
                name: holder.name.clone(),
                emails: holder.email.clone().into_iter().collect(),
                places: vec![recipient.to_owned(), roster.jurisdiction.to_string()],
            };
        }
    }
    let mut places = vec![recipient.to_owned()];
    if recipient == BodyId::OFFICE {
        places.push(CITY.to_owned());
    }
    match office.bodies.get(recipient) {
        Some(body) => Addressee {
            name: body.name.clone(),
            emails: body.contacts.iter().filter_map(|contact| contact.email.clone()).collect(),
            places,
        },
        None => Addressee { name: recipient.to_owned(), emails: Vec::new(), places },
    }
}

/// Holders of a roster who are told less than it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreached<'a> {
    /// They have a mailbox, and mail is not configured.
    pub by_mail: Vec<&'a Holder>,
    /// They have neither an account that would show it nor any other channel.
    pub at_all: Vec<&'a Holder>,
}

/// Which channels an installation has besides in-app.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Mail is configured: whoever has a mailbox gets it.
    pub smtp: bool,
    /// Another system is told of everything.
    pub webhook: bool,
    /// Group robots by channel, with the bodies and jurisdictions that have one.
    pub robots: BTreeMap<String, BTreeSet<String>>,
}

impl Routes {
    /// The channels by which a recipient is told.
    pub fn channels(&self, office: &Office, recipient: &str) -> Vec<&str> {
        let to = addressee(office, recipient);
        let mut channels = vec![IN_APP];
        if self.smtp && !to.emails.is_empty() {
            channels.push(SMTP);
        }
        if self.webhook {
            channels.push(WEBHOOK);
        }
        let reached = self.robots.iter().filter(|(_, places)| to.places.iter().any(|place| places.contains(place)));
        channels.extend(reached.map(|(channel, _)| channel.as_str()));
        channels
    }

    /// Whether a channel besides in-app reaches a recipient by itself; that another system is told of everything reaches nobody.
    pub fn reaches(&self, office: &Office, recipient: &str) -> bool {
        self.channels(office, recipient).iter().any(|channel| ![IN_APP, WEBHOOK].contains(channel))
    }

    /// Holders of the rosters, from a day on, whom what is configured does not reach as the roster says.
    pub fn unreached<'a>(&self, office: &'a Office, from: NaiveDate) -> Unreached<'a> {
        let mut unreached = Unreached::default();
        let mut known = BTreeSet::new();
        for roster in office.rosters.values() {
            let days = roster.days.iter().filter(|day| day.date >= from).flat_map(|day| &day.holders);
            for holder in roster.tiers.values().flatten().chain(days) {
                if !known.insert(holder.id.as_str()) {
                    continue;
                }
                if holder.email.is_some() && !self.smtp {
                    unreached.by_mail.push(holder);
                } else if holder.user.is_none() && self.channels(office, &holder.id) == [IN_APP] {
                    unreached.at_all.push(holder);
                }
            }
        }
        unreached
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::body::{Body, BodyKind, Contact, Level, Tier};
    use crate::domain::office::{DutyDay, Roster};

    fn office() -> Office {
        let holder = |id: &str, email: Option<&str>| Holder {
            id: id.into(),
            name: "值班室".into(),
            user: None,
            phone: None,
            email: email.map(str::to_owned),
        };
        let roster = |place: &str, holder: Holder| Roster {
            id: place.into(),
            jurisdiction: place.into(),
            tiers: [(Tier::DutyDesk, vec![holder])].into(),
            ..Roster::default()
        };
        let body = |id: &str, email: Option<&str>| Body {
            id: id.into(),
            name: format!("{id}局"),
            aliases: vec![],
            level: Level::City,
            parent: CITY.into(),
            kind: BodyKind::Bureau,
            region: CITY.into(),
            duties: vec![],
            keywords: vec![],
            accounts: vec![],
            contacts: vec![Contact { role: "值班".into(), phone: "1".into(), email: email.map(str::to_owned) }],
            why: "例".into(),
        };
        Office {
            bodies: [body("government_office", None), body("ecology", Some("hbj@example.gov.cn"))]
                .map(|body| (body.id.clone(), body))
                .into(),
            rosters: [
                (CITY.into(), roster(CITY, holder("xuancheng.duty_desk", Some("zb@example.gov.cn")))),
                ("langxi".into(), roster("langxi", holder("langxi.duty_desk", None))),
            ]
            .into(),
            ..Office::default()
        }
    }

    #[test]
    fn whoever_has_an_address_is_told_by_it_and_everyone_in_app() {
        let office = office();
        let robots = BTreeMap::from([
            (WECOM.to_owned(), BTreeSet::from([CITY.to_owned(), "ecology".to_owned()])),
            (FEISHU.to_owned(), BTreeSet::from(["langxi".to_owned()])),
        ]);
        let routes = Routes { smtp: true, webhook: false, robots };
        let told = |recipient: &str| routes.channels(&office, recipient);
        assert_eq!(told("ecology"), [IN_APP, SMTP, WECOM]);
        assert_eq!(told("government_office"), [IN_APP, WECOM], "the city's robot is the office's");
        assert_eq!(told("xuancheng.duty_desk"), [IN_APP, SMTP, WECOM]);
        assert_eq!(told("langxi.duty_desk"), [IN_APP, FEISHU]);
        assert_eq!(told("someone"), [IN_APP]);
        assert_eq!(Routes::default().channels(&office, "ecology"), [IN_APP]);
        assert_eq!(Routes { webhook: true, ..Routes::default() }.channels(&office, "someone"), [IN_APP, WEBHOOK]);
    }

    #[test]
    fn whom_the_roster_names_and_nothing_reaches_is_told() {
        let mut office = office();
        let desk = &office.rosters[CITY].tiers[&Tier::DutyDesk][0].clone();
        let day = |date: &str, id: &str| DutyDay {
            date: date.parse().unwrap(),
            tier: Tier::DutyDesk,
            holders: vec![Holder { id: id.into(), ..desk.clone() }, desk.clone()],
        };
        office.rosters.get_mut(CITY).unwrap().days = vec![day("2026-05-10", "gone"), day("2026-05-11", "stand-in")];
        let ids = |holders: Vec<&Holder>| holders.into_iter().map(|holder| holder.id.clone()).collect::<Vec<_>>();
        let of = |office: &Office, routes: &Routes| {
            let unreached = routes.unreached(office, "2026-05-11".parse().unwrap());
            (ids(unreached.by_mail), ids(unreached.at_all))
        };
        let none = Vec::<String>::new;
        let by_mail = vec!["xuancheng.duty_desk".to_owned(), "stand-in".to_owned()];
        assert_eq!(of(&office, &Routes::default()), (by_mail, vec!["langxi.duty_desk".to_owned()]), "each once");
        let mail = Routes { smtp: true, ..Routes::default() };
        assert_eq!(
            of(&office, &mail),
            (none(), vec!["langxi.duty_desk".to_owned()]),
            "who has no mailbox gets no mail"
        );
        let robots = BTreeMap::from([(FEISHU.to_owned(), BTreeSet::from(["langxi".to_owned()]))]);
        assert_eq!(of(&office, &Routes { robots, ..mail.clone() }), (none(), none()));
        let holders = office.rosters.get_mut("langxi").unwrap().tiers.get_mut(&Tier::DutyDesk).unwrap();
        holders[0].user = Some("langxi".into());
        assert_eq!(of(&office, &mail), (none(), none()), "whoever has an account reads it there");
    }

    #[test]
    fn an_address_is_told_from_other_text() {
        for good in ["a@b", "zbs@xc.gov.cn"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "@b", "a@", "a b@c", "a@b, c@d", "<a@b>", "0563-1"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
