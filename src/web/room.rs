//! Room for connections: how many there may be, and who has to go when one more comes. Whoever only stands there (has sent
//! no whole request yet, or waits between two) makes room for whoever comes, so that a thousand half-open connections keep
//! nobody out; a request that is being answered is never cut off for another.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// The connections there are, and how many there may be.
#[derive(Clone, Debug)]
pub struct Room {
    taken: Arc<Mutex<Taken>>,
    connections_max: usize,
    /// None behind a proxy, from which all connections come.
    per_address_max: Option<usize>,
}

#[derive(Debug, Default)]
struct Taken {
    /// Rises with each arrival and each answer: the order of waiting.
    turn: u64,
    places: HashMap<u64, Standing>,
}

#[derive(Debug)]
struct Standing {
    address: IpAddr,
    /// Since which turn it has been waiting for a request; none while one is answered.
    waiting_since: Option<u64>,
    /// Requests that are being answered.
    busy: usize,
    leave: CancellationToken,
}

impl Taken {
    fn next(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    /// Shows out whoever of these has waited longest; false if none of them waits.
    fn show_out(&mut self, of: impl Fn(&Standing) -> bool) -> bool {
        let waiting = self.places.iter().filter(|(_, standing)| of(standing));
        let waiting = waiting.filter_map(|(id, standing)| standing.waiting_since.map(|since| (since, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(gone) = self.places.remove(&id) {
            gone.leave.cancel();
        }
        true
    }
}

impl Room {
    /// For so many connections in all and from one address.
    pub fn new(connections_max: usize, per_address_max: Option<usize>) -> Self {
        Self { taken: Arc::default(), connections_max, per_address_max }
    }

    /// A place for a connection from an address; none if all are taken by requests that are being answered.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut taken = self.taken.lock();
        if let Some(max) = self.per_address_max {
            let of_it = taken.places.values().filter(|standing| standing.address == address).count();
            if of_it >= max && !taken.show_out(|standing| standing.address == address) {
                return None;
            }
        }
        if taken.places.len() >= self.connections_max && !taken.show_out(|_| true) {
            return None;
        }
        let id = taken.next();
        let leave = CancellationToken::new();
        let standing = Standing { address, waiting_since: Some(id), busy: 0, leave: leave.clone() };
        taken.places.insert(id, standing);
        Some(Place { room: self.clone(), id, leave })
    }

    /// Connections there are.
    pub fn taken(&self) -> usize {
        self.taken.lock().places.len()
    }
}

/// A connection's place; given up when it is dropped.
#[derive(Debug)]
pub struct Place {
    room: Room,
    id: u64,
    /// Cancelled when somebody else needs the place.
    pub leave: CancellationToken,
}

impl Place {
    /// A request has come whole: until the guard is dropped the connection is not shown out.
    pub fn answering(&self) -> Answering {
        if let Some(standing) = self.room.taken.lock().places.get_mut(&self.id) {
            standing.busy += 1;
            standing.waiting_since = None;
        }
        Answering { room: self.room.clone(), id: self.id }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.taken.lock().places.remove(&self.id);
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Answering {
    room: Room,
    id: u64,
}

impl Drop for Answering {
    fn drop(&mut self) {
        let mut taken = self.room.taken.lock();
        let turn = taken.next();
        if let Some(standing) = taken.places.get_mut(&self.id) {
            standing.busy = standing.busy.saturating_sub(1);
            if standing.busy == 0 {
                standing.waiting_since = Some(turn);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn whoever_has_waited_longest_makes_room() {
        let room = Room::new(3, None);
        let places: Vec<Place> = (0..3).map(|_| room.enter(ONE).unwrap()).collect();
        let answering = places[0].answering();
        let fourth = room.enter(TWO).unwrap();
        let shown_out: Vec<bool> = places.iter().map(|place| place.leave.is_cancelled()).collect();
        assert_eq!(shown_out, [false, true, false], "the first is being answered");
        drop(answering);
        let fifth = room.enter(TWO).unwrap();
        assert!(places[2].leave.is_cancelled() && !places[0].leave.is_cancelled(), "it waits anew, from now on");
        drop((fourth, fifth));
        drop(places);
        assert_eq!(room.taken(), 0);
    }

    #[test]
    fn an_address_has_its_own_cap_and_takes_no_other_s_place() {
        let room = Room::new(10, Some(2));
        let other = room.enter(TWO).unwrap();
        let (first, second) = (room.enter(ONE).unwrap(), room.enter(ONE).unwrap());
        let third = room.enter(ONE).unwrap();
        assert!(first.leave.is_cancelled() && !second.leave.is_cancelled() && !other.leave.is_cancelled());
        let _busy = (second.answering(), third.answering());
        assert!(room.enter(ONE).is_none(), "both are being answered");
        assert!(room.enter(TWO).is_some());
    }
}
