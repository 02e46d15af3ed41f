use futures_util::FutureExt;

use super::*;
use crate::memory::{MemoryDocuments, MemoryMacs};

#[tokio::test]
async fn a_call_fails_before_or_after_its_effect() {
    for (fault, effects) in [(Fault::Before, 2), (Fault::After, 3), (Fault::Panic, 2)] {
        let macs = MemoryMacs::new(b"key");
        let faulty = Faulty::nth(&macs, "mac", 2, fault);
        for fails in [false, true, false] {
            let answer = std::panic::AssertUnwindSafe(faulty.mac(&[0; 32])).catch_unwind().await;
            assert_eq!(!matches!(answer, Ok(Ok(_))), fails, "{fault:?}");
        }
        assert_eq!((faulty.calls("mac"), macs.macs()), (3, effects), "{fault:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_port_stays_what_it_is() {
    let documents = Faulty::nth(MemoryDocuments::new(), "fetch", 2, Fault::Before);
    assert!(matches!(documents.fetch("shop").await, Err(FetchError::Absent)));
    assert!(matches!(documents.fetch("shop").await, Err(FetchError::Unavailable(_))));
}
