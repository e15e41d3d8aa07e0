//! Two edited copies of a sequence, put together over the sequence they come from (MS A7, T2).
//!
//! Items are compared by keys that are equal exactly if the items have the same compare form.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;

/// Pairs of equal items that are looked at. Two sequences with more, such as thousands of equal lines against thousands,
/// are not aligned: the work would grow with the product of their lengths.
const MOST_PAIRS: usize = 1 << 22;

/// A part of the merged sequence, as a range of the sequence it is taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Neither side touched it.
    Base(Range<usize>),
    /// Only ours did.
    Ours(Range<usize>),
    /// Only theirs did.
    Theirs(Range<usize>),
    /// Both did, and have the same items now.
    Both(Range<usize>, Range<usize>),
    /// Both did, and differ: base's, ours' and theirs' items.
    Contested(Range<usize>, Range<usize>, Range<usize>),
}

/// The pieces of the merged sequence in order. `None` where the sequences are too long and too uniform to be aligned.
pub(super) fn pieces<K: Eq + Hash>(base: &[K], ours: &[K], theirs: &[K]) -> Option<Vec<Piece>> {
    let hunks = [hunks(base, ours)?, hunks(base, theirs)?];
    let mut sides = [Cursor::new(&hunks[0]), Cursor::new(&hunks[1])];
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(region) = next_region(&mut sides) {
        if at < region.start {
            pieces.push(Piece::Base(at..region.start));
        }
        at = region.end;
        let [mine, other] = &mut sides;
        let touched = (mine.touches(), other.touches());
        let (mine, other) = (mine.close(&region), other.close(&region));
        pieces.push(match touched {
            (true, false) => Piece::Ours(mine),
            (false, _) => Piece::Theirs(other),
            (true, true) if ours[mine.clone()] == theirs[other.clone()] => Piece::Both(mine, other),
            (true, true) => Piece::Contested(region, mine, other),
        });
    }
    if at < base.len() {
        pieces.push(Piece::Base(at..base.len()));
    }
    Some(pieces)
}

/// Items of base that a side has replaced by items of its own. Either range may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

/// A side's hunks, and those of them that lie in the region being gathered.
struct Cursor<'h> {
    hunks: &'h [Hunk],
    first: usize,
    next: usize,
    /// What must be added to a position in base to find it on the side, outside hunks.
    shift: isize,
}

impl<'h> Cursor<'h> {
    const fn new(hunks: &'h [Hunk]) -> Cursor<'h> {
        Cursor { hunks, first: 0, next: 0, shift: 0 }
    }

    /// Whether a hunk of this side lies in the region.
    const fn touches(&self) -> bool {
        self.first < self.next
    }

    /// Takes up the next hunk if it overlaps or touches the region.
    fn join(&mut self, region: &mut Range<usize>) -> bool {
        let Some(hunk) = self.hunks.get(self.next).filter(|hunk| hunk.base.start <= region.end) else {
            return false;
        };
        region.end = region.end.max(hunk.base.end);
        self.next += 1;
        true
    }

    /// The side's items of a finished region.
    fn close(&mut self, region: &Range<usize>) -> Range<usize> {
        let start = region.start.strict_add_signed(self.shift);
        for hunk in &self.hunks[self.first..self.next] {
            self.shift = hunk.side.end.cast_signed() - hunk.base.end.cast_signed();
        }
        self.first = self.next;
        start..region.end.strict_add_signed(self.shift)
    }
}

/// The next region of base that is changed: a hunk with all that overlap or touch it, whichever side they are of.
fn next_region(sides: &mut [Cursor<'_>; 2]) -> Option<Range<usize>> {
    let starts = sides.iter().filter_map(|side| side.hunks.get(side.next)).map(|hunk| hunk.base.start);
    let start = starts.min()?;
    let mut region = start..start;
    while sides[0].join(&mut region) || sides[1].join(&mut region) {}
    Some(region)
}

/// What a side has replaced, in order.
fn hunks<K: Eq + Hash>(base: &[K], side: &[K]) -> Option<Vec<Hunk>> {
    let end = (base.len(), side.len());
    let mut hunks = Vec::new();
    let mut from = (0, 0);
    for pair in common(base, side)?.into_iter().chain([end]) {
        if from != pair {
            hunks.push(Hunk { base: from.0..pair.0, side: from.1..pair.1 });
        }
        from = (pair.0 + 1, pair.1 + 1);
    }
    Some(hunks)
}

/// A pair of equal items that may be part of the longest common subsequence.
struct Pair {
    base: usize,
    side: usize,
    /// How long the longest common subsequence is that begins with this pair.
    length: usize,
}

/// The longest common subsequence; among the longest the one with the smallest positions in base, then on the side (A7).
///
/// Hunt and Szymanski's way: the pairs of equal items are few where items seldom repeat, so that the work grows with the
/// lists and not with the product of their lengths.
fn common<K: Eq + Hash>(base: &[K], side: &[K]) -> Option<Vec<(usize, usize)>> {
    let same = base.iter().zip(side).take_while(|(base, side)| base == side).count();
    let mut found: Vec<(usize, usize)> = (0..same).map(|at| (at, at)).collect();
    let pairs = pairs(&base[same..], &side[same..])?;
    let mut wanted = pairs.iter().map(|pair| pair.length).max().unwrap_or(0);
    let mut after = None;
    for pair in pairs.iter().rev() {
        if pair.length == wanted && after.is_none_or(|(base, side)| pair.base > base && pair.side > side) {
            found.push((same + pair.base, same + pair.side));
            after = Some((pair.base, pair.side));
            wanted -= 1;
        }
    }
    Some(found)
}

/// The pairs of equal items, the last of base first and then the last of the side first.
fn pairs<K: Eq + Hash>(base: &[K], side: &[K]) -> Option<Vec<Pair>> {
    let mut places: HashMap<&K, Vec<usize>> = HashMap::new();
    for (at, key) in side.iter().enumerate() {
        places.entry(key).or_default().push(at);
    }
    let mut pairs: Vec<Pair> = Vec::new();
    // For each length the last place on the side where a common subsequence of that length can begin: they fall.
    let mut last: Vec<usize> = Vec::new();
    for (at, key) in base.iter().enumerate().rev() {
        let here = places.get(key).map_or(&[][..], Vec::as_slice);
        if pairs.len() + here.len() > MOST_PAIRS {
            return None;
        }
        let from = pairs.len();
        for &place in here {
            let shorter = last.partition_point(|later| *later > place);
            match last.get_mut(shorter) {
                Some(there) => *there = place,
                None => last.push(place),
            }
            pairs.push(Pair { base: at, side: place, length: shorter + 1 });
        }
        pairs[from..].reverse();
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn a7_among_the_longest_the_smallest_positions_in_base_and_then_on_the_side_are_taken() {
        let common = |base: &str, side: &str| common(&keys(base), &keys(side)).expect("short");
        assert_eq!(common("a", "aa"), [(0, 0)]);
        assert_eq!(common("aa", "a"), [(0, 0)]);
        assert_eq!(common("ab", "ba"), [(0, 1)]);
        assert_eq!(common("xab", "abxab"), [(0, 2), (1, 3), (2, 4)]);
        assert_eq!(common("abcabba", "cbabac").len(), 4);
        assert_eq!(common("", "abc"), []);
    }

    /// The same by trying everything.
    fn naive(base: &[char], side: &[char]) -> Vec<(usize, usize)> {
        fn longest(base: &[char], side: &[char], from: (usize, usize)) -> Vec<(usize, usize)> {
            let mut best = Vec::new();
            for b in from.0..base.len() {
                for s in (from.1..side.len()).filter(|s| side[*s] == base[b]) {
                    let rest = longest(base, side, (b + 1, s + 1));
                    if rest.len() + 1 > best.len() {
                        best = [vec![(b, s)], rest].concat();
                    }
                }
            }
            best
        }
        longest(base, side, (0, 0))
    }

    #[test]
    fn a7_every_pair_of_short_sequences_is_aligned_as_by_trying_everything() {
        let words = |length: u32| {
            (0..3_usize.pow(length)).map(move |n| {
                (0..length).map(|place| ['a', 'b', 'c'][n / 3_usize.pow(place) % 3]).collect::<Vec<char>>()
            })
        };
        for base in (0..=4).flat_map(words) {
            for side in (0..=4).flat_map(words) {
                assert_eq!(common(&base, &side), Some(naive(&base, &side)), "{base:?} {side:?}");
            }
        }
    }

    #[test]
    fn a7_edits_that_touch_are_one_region() {
        let pieces = |base: &str, ours: &str, theirs: &str| {
            pieces(&keys(base), &keys(ours), &keys(theirs)).expect("short")
        };
        assert_eq!(pieces("abc", "xbc", "abz"), [Piece::Ours(0..1), Piece::Base(1..2), Piece::Theirs(2..3)]);
        assert_eq!(pieces("ab", "xb", "ay"), [Piece::Contested(0..2, 0..2, 0..2)]);
        assert_eq!(
            pieces("ab", "axb", "axb"),
            [Piece::Base(0..1), Piece::Both(1..2, 1..2), Piece::Base(1..2)]
        );
        assert_eq!(
            pieces("abcde", "Xbcde", "abcd"),
            [Piece::Ours(0..1), Piece::Base(1..4), Piece::Theirs(4..4)]
        );
        assert_eq!(
            pieces("abcd", "bcd", "abXcd"),
            [Piece::Ours(0..0), Piece::Base(1..2), Piece::Theirs(2..3), Piece::Base(2..4)]
        );
    }

    #[test]
    fn what_is_too_uniform_to_be_aligned_is_left_alone() {
        let (base, side) = (vec!['a'; 3_000], [vec!['b'], vec!['a'; 3_000]].concat());
        assert_eq!(common(&base, &side), None);
        let (base, side) = (vec!['a'; 2_048], [vec!['b'], vec!['a'; 2_048]].concat());
        assert_eq!(common(&base, &side).map(|pairs| pairs.len()), Some(2_048), "as many as are looked at");
        assert_eq!(common(&base, &[&side[..], &['a']].concat()), None, "and more than that");
        let base: Vec<u32> = (0..200_000).collect();
        let side: Vec<u32> = (0..200_000).filter(|n| n % 7 != 3).collect();
        assert_eq!(common(&base, &side).map(|pairs| pairs.len()), Some(side.len()));
    }
}
