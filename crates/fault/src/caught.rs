// SPDX-License-Identifier: GPL-2.0-only
use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Does the work; a panic in it becomes its text, with the place where it happened, and is not printed.
///
/// # Errors
/// The work panicked. What it was at may be half done: it is to be taken back, or not to be used again.
pub fn caught<R>(work: impl FnOnce() -> R) -> Result<R, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map_or(String::new(), |place| format!(", {place}"));
            LAST.set(Some(format!("{}{place}", text(panic.payload()))));
        }));
    });
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        // One of a helper thread left its words there.
        LAST.take().unwrap_or_else(|| text(&*payload).to_owned())
    })
}

fn text(payload: &(dyn Any + Send)) -> &str {
    let owned = || payload.downcast_ref::<String>().map(String::as_str);
    let text = payload.downcast_ref::<&str>().copied().or_else(owned);
    text.unwrap_or("it panicked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_what_and_where() {
        assert_eq!(caught(|| 7), Ok(7));
        let told = caught(|| panic!("no {}", 3)).unwrap_err();
        assert!(told.starts_with("no 3, crates/fault/src/caught.rs:"), "{told}");
        let of_helper = caught(|| {
            std::thread::scope(|scope| {
                let helper = scope.spawn(|| assert_eq!(1, 2, "elsewhere"));
                helper
                    .join()
                    .unwrap_or_else(|payload| std::panic::resume_unwind(payload));
            });
        });
        assert!(of_helper.unwrap_err().contains("elsewhere"));
    }
}
