// SPDX-License-Identifier: GPL-2.0-only
use std::cmp::Ordering;

/// Sorts items into classes of equals with O(n log n) comparisons; n equal items cost n-1.
///
/// A merge sort over distinct representatives: items found equal melt into one on the way up, so that the
/// usual case, a few objects inherited by many tasks, stays near one comparison an item. Unlike
/// `slice::sort_by` it stops at the first error and has no opinion on orders that are not total, which tasks
/// that still run may well produce.
///
/// Returns the classes in ascending order, each with its members in the order they were given.
///
/// # Errors
/// The first one that `compare` gives.
pub(crate) fn classes<T: Copy, E>(
    items: impl IntoIterator<Item = T>,
    mut compare: impl FnMut(T, T) -> Result<Ordering, E>,
) -> Result<Vec<Vec<T>>, E> {
    let mut runs: Vec<Vec<Vec<T>>> = items.into_iter().map(|item| vec![vec![item]]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(left, right, &mut compare)?,
                None => left,
            });
        }
        runs = merged;
    }
    Ok(runs.pop().unwrap_or_default())
}

fn merge<T: Copy, E>(
    left: Vec<Vec<T>>,
    right: Vec<Vec<T>>,
    compare: &mut impl FnMut(T, T) -> Result<Ordering, E>,
) -> Result<Vec<Vec<T>>, E> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        match compare(a[0], b[0])? {
            Ordering::Less => merged.extend(left.next()),
            Ordering::Greater => merged.extend(right.next()),
            Ordering::Equal => {
                merged.extend(left.next());
                if let (Some(class), Some(equals)) = (merged.last_mut(), right.next()) {
                    class.extend(equals);
                }
            }
        }
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// Classes of `numbers`, compared by value, and how many comparisons that took.
    fn count(numbers: &[u32]) -> (Vec<Vec<usize>>, usize) {
        let mut calls = 0;
        let sorted = classes(0..numbers.len(), |a, b| {
            calls += 1;
            Ok::<_, Infallible>(numbers[a].cmp(&numbers[b]))
        });
        (sorted.unwrap(), calls)
    }

    #[test]
    fn equals_meet_in_their_order() {
        let (found, _) = count(&[3, 1, 3, 2, 1, 3]);
        assert_eq!(found, [vec![1, 4], vec![3], vec![0, 2, 5]]);
        assert_eq!(count(&[]).0, Vec::<Vec<usize>>::new());
    }

    #[test]
    fn comparisons_stay_within_n_log_n() {
        assert_eq!(count(&[7; 1000]).1, 999);
        let distinct: Vec<u32> = (0..1000u32).map(|n| n.wrapping_mul(2_654_435_761)).collect();
        let (found, calls) = count(&distinct);
        assert_eq!(found.len(), 1000);
        assert!(calls <= 10_000, "{calls}");
    }

    #[test]
    fn the_first_error_ends_it() {
        let mut calls = 0;
        let failed = classes(0..100, |_, _| {
            calls += 1;
            if calls == 5 {
                Err("gone")
            } else {
                Ok(Ordering::Less)
            }
        });
        assert_eq!((failed, calls), (Err("gone"), 5));
    }
}
