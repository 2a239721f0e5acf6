// SPDX-License-Identifier: GPL-2.0-only
//! `/proc/PID/task/TID/numa_maps`: a line for each mapping, with the memory policy that is in force for it (numa(7)).

/// The policy of the first mapping as `mpol_to_str` prints it (mm/mempolicy.c): `bind:0-1`, `prefer (many):0`,
/// `interleave=static:0`. `None` for the default, and where there is no whole word of it.
#[must_use]
pub fn first_policy(text: &[u8]) -> Option<String> {
    let line = text.split(|&byte| byte == b'\n').next()?;
    // One word may be half of one.
    line.iter().filter(|&&byte| byte == b' ').nth(1)?;
    let (_, policy) = policy(line)?;
    (policy != "default").then_some(policy)
}

/// Of each mapping where it starts, and its policy; `default` is told as such.
pub fn policies(text: &[u8]) -> impl Iterator<Item = (u64, String)> + '_ {
    text.split(|&byte| byte == b'\n').filter_map(policy)
}

fn policy(line: &[u8]) -> Option<(u64, String)> {
    // Names of files, which may be anything, stand behind.
    let head = line
        .iter()
        .position(|&byte| !byte.is_ascii())
        .unwrap_or(line.len());
    let mut words = std::str::from_utf8(&line[..head]).ok()?.split(' ');
    let start = u64::from_str_radix(words.next()?, 16).ok()?;
    let first = words.next()?;
    // The only two names of two words.
    let policy = match (first, words.next()) {
        ("weighted", Some(second)) => format!("{first} {second}"),
        ("prefer", Some(second)) if second.starts_with("(many)") => format!("{first} {second}"),
        _ => first.to_owned(),
    };
    Some((start, policy))
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
    fn each_mapping_has_its_own() {
        let text = b"1000 default file=/caf\xc3\xa9 mapped=2\n2000 prefer (many):0-3 anon=1 N0=1\n\n2800 local\n3000 bind:1 file=/\xff\xfe\n";
        let all: Vec<_> = policies(text).collect();
        let told = |start, policy: &str| (start, policy.to_owned());
        assert_eq!(
            all,
            [
                told(0x1000, "default"),
                told(0x2000, "prefer (many):0-3"),
                told(0x2800, "local"),
                told(0x3000, "bind:1")
            ]
        );
    }

    #[test]
    fn what_was_cut_off_is_none() {
        assert_eq!(first_policy(b"55d0c8000000 bin"), None);
        assert_eq!(first_policy(b"55d0c8000000"), None);
        assert_eq!(first_policy(b""), None);
        assert_eq!(first_policy(b"55d0 bind:0 anon=1").as_deref(), Some("bind:0"));
    }
}
