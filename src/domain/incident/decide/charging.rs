//! Whom a breach counts against (`domain.md` §5 item 9).

use std::collections::BTreeMap;

use crate::domain::clock::{Clock, ClockKind, CustodyShare};
use crate::domain::ids::BodyId;
use crate::domain::incident::state::Incident;
use crate::domain::instant::{Instant, Span};

/// The body that is charged, and every segment of custody between anchor and due time.
pub(super) fn charge(incident: &Incident, clock: &Clock) -> (BodyId, Vec<CustodyShare>) {
    let shares = shares(incident, clock.plan.anchor_at, clock.plan.due_at);
    if let Some(department) = &clock.plan.department {
        return (department.clone(), shares);
    }
    if office_judged_late(incident, clock) {
        return (BodyId::from(BodyId::OFFICE), shares);
    }
    (longest(&shares), shares)
}

/// Who held custody longest in a time: whom a clock that was met in it counts for, by the rule by which a breach is charged.
/// `None` for no time at all.
pub fn held_longest(incident: &Incident, from: Instant, to: Instant) -> Option<BodyId> {
    let shares = shares(incident, from, to);
    (!shares.is_empty()).then(|| longest(&shares))
}

/// The government office's judgement came late: the clock was born overdue by it, or an operational clock had to be set
/// beside it.
fn office_judged_late(incident: &Incident, clock: &Clock) -> bool {
    let by_grade = matches!(clock.kind(), ClockKind::PressConference | ClockKind::Response | ClockKind::FirstStatement);
    let beside = || {
        incident
            .clocks
            .iter()
            .any(|other| other.plan.operational && other.kind() == clock.kind() && other.started_at == clock.started_at)
    };
    by_grade && !clock.plan.operational && (clock.plan.born_overdue || beside())
}

/// Segments clipped to the span. Before the first one, the office held what nobody had yet.
fn shares(incident: &Incident, from: Instant, to: Instant) -> Vec<CustodyShare> {
    let office = BodyId::from(BodyId::OFFICE);
    let mut segments: Vec<(Instant, BodyId)> = vec![(Instant::from_ms(i64::MIN), office)];
    segments.extend(incident.custody.iter().map(|c| (c.from, c.holder.clone())));
    let mut shares = Vec::new();
    for (index, (begin, holder)) in segments.iter().enumerate() {
        let end = segments.get(index + 1).map_or(to, |(next, _)| (*next).min(to));
        let begin = (*begin).max(from);
        if begin < end {
            shares.push(CustodyShare { body: holder.clone(), from: begin, held_ms: end - begin });
        }
    }
    shares
}

/// Longest in all; the earlier one if equal.
fn longest(shares: &[CustodyShare]) -> BodyId {
    let mut total: BTreeMap<&BodyId, (Span, usize)> = BTreeMap::new();
    for (order, share) in shares.iter().enumerate() {
        let entry = total.entry(&share.body).or_insert((Span::ZERO, order));
        entry.0 = Span::from_ms(entry.0.ms() + share.held_ms.ms());
    }
    total
        .into_iter()
        .max_by_key(|(_, (held, order))| (*held, std::cmp::Reverse(*order)))
        .map_or_else(|| BodyId::from(BodyId::OFFICE), |(body, _)| body.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(body: &str, hours: i64) -> CustodyShare {
        CustodyShare { body: body.into(), from: Instant::from_ms(0), held_ms: Span::from_hours(hours) }
    }

    #[test]
    fn all_segments_of_a_body_count_and_the_earlier_wins_a_tie() {
        assert_eq!(longest(&[share("water", 2), share("ecology", 3), share("water", 2)]), "water");
        assert_eq!(longest(&[share("water", 3), share("ecology", 3)]), "water");
        assert_eq!(longest(&[]), BodyId::OFFICE);
    }
}
