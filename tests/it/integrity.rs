//! Nothing bricks a record: whatever is asked, what was written is read back equal, nothing that was changed passes for
//! unchanged, and one record that can't be worked with stops no other.

mod arbitrary;
mod evidence;
mod fuzz;
mod keys;
mod pipe;
mod read_only;
mod round_trip;
mod stuck;
mod tour;
