// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/task/TID/numa_maps`: a line for each mapping, with the memory policy that is in force for it (numa(7)).

/// The policy of the first mapping as `mpol_to_str` prints it (mm/mempolicy.c): `bind:0-1`, `prefer (many):0`,
/// `interleave=static:0`. `None` for the default, and where there is no whole word of it.
#[must_use]
pub fn first_policy(text: &[u8]) -> Option<String> {
    let line = text.split(|&byte| byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ').skip(1);
    let first = words.next()?;
    // The only two names of two words.
    let policy = match (first, words.next()) {
        ("weighted", Some(second)) => format!("{first} {second}"),
        ("prefer", Some(second)) if second.starts_with("(many)") => format!("{first} {second}"),
        (_, Some(_)) => first.to_owned(),
        (_, None) => return None,
    };
    (policy != "default").then_some(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_word_and_of_two() {
        let of = |policy: &str| {
            first_policy(
                format!("55d0c8000000 {policy} file=/usr/bin/x mapped=2 N0=2\n55d0c9 bind:7 anon=1\n")
                    .as_bytes(),
            )
        };
        assert_eq!(of("default"), None);
        for policy in [
            "bind:0-1,4",
            "local",
            "prefer:1",
            "prefer (many):0-3",
            "weighted interleave:0",
            "interleave=static:0",
            "bind=static|balancing:0",
        ] {
            assert_eq!(of(policy).as_deref(), Some(policy));
        }
    }

    #[test]
    fn what_was_cut_off_is_none() {
        assert_eq!(first_policy(b"55d0c8000000 bin"), None);
        assert_eq!(first_policy(b"55d0c8000000"), None);
        assert_eq!(first_policy(b""), None);
        assert_eq!(first_policy(b"55d0 bind:0 anon=1").as_deref(), Some("bind:0"));
    }
}
