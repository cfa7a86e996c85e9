//! Tabs talk to each other, and one of them has the lock. Two `Tabs` in one page stand for two tabs: the browser does
//! not tell them apart.

#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use wedsync_core::web::{Tabs, TabsEvent, time};

wasm_bindgen_test_configure!(run_in_browser);

struct Tab {
    tabs: Tabs,
    heard: Rc<RefCell<Vec<TabsEvent>>>,
}

impl Tab {
    fn open(name: &str) -> Tab {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let ear = heard.clone();
        Tab { tabs: Tabs::open(name, Box::new(move |event| ear.borrow_mut().push(event))), heard }
    }

    /// The next event, waited for.
    async fn next(&self) -> TabsEvent {
        for _ in 0..200 {
            if !self.heard.borrow().is_empty() {
                return self.heard.borrow_mut().remove(0);
            }
            time::sleep(10).await;
        }
        panic!("nothing was heard for 2 s");
    }

    async fn hears_nothing(&self) {
        time::sleep(150).await;
        assert_eq!(*self.heard.borrow(), []);
    }
}

fn two_tabs() -> (Tab, Tab) {
    let name = format!("tabs-{:016x}", time::random_u64());
    (Tab::open(&name), Tab::open(&name))
}

#[wasm_bindgen_test]
async fn a_message_reaches_the_other_tab_and_not_oneself() {
    let (a, b) = two_tabs();
    let (stranger, _) = two_tabs();
    a.tabs.post(b"from a");
    assert_eq!(b.next().await, TabsEvent::Message(b"from a".to_vec()));
    b.tabs.post(b"");
    assert_eq!(a.next().await, TabsEvent::Message(Vec::new()));
    a.hears_nothing().await;
    b.hears_nothing().await;
    stranger.hears_nothing().await;
}

#[wasm_bindgen_test]
async fn the_second_gets_the_lock_after_the_first_gave_it_back() {
    let (a, b) = two_tabs();
    a.tabs.request_lock();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
    b.tabs.request_lock();
    b.tabs.request_lock();
    b.hears_nothing().await;
    a.tabs.release_lock();
    assert_eq!(b.next().await, TabsEvent::LockGranted);
    // It does not come back by itself, and asking twice was asking once.
    a.hears_nothing().await;
    b.hears_nothing().await;
    a.tabs.request_lock();
    a.hears_nothing().await;
    b.tabs.close();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
}

#[wasm_bindgen_test]
async fn trying_does_not_wait() {
    let (a, b) = two_tabs();
    a.tabs.try_lock();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
    b.tabs.try_lock();
    assert_eq!(b.next().await, TabsEvent::LockBusy);
    a.tabs.release_lock();
    b.hears_nothing().await;
    b.tabs.try_lock();
    assert_eq!(b.next().await, TabsEvent::LockGranted);
}

#[wasm_bindgen_test]
async fn a_stolen_lock_is_lost_to_its_holder() {
    let (a, b) = two_tabs();
    a.tabs.request_lock();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
    b.tabs.request_lock();
    b.tabs.steal_lock();
    assert_eq!(b.next().await, TabsEvent::LockGranted);
    assert_eq!(a.next().await, TabsEvent::LockLost);
    // The loser's release takes nothing from the thief; the thief's place in the queue is gone with the grant.
    a.tabs.release_lock();
    a.tabs.request_lock();
    a.hears_nothing().await;
    b.tabs.release_lock();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
    a.tabs.release_lock();
    b.hears_nothing().await;
}

#[wasm_bindgen_test]
async fn what_was_asked_for_before_a_release_is_not_granted_after_it() {
    let (a, b) = two_tabs();
    a.tabs.request_lock();
    a.tabs.release_lock();
    a.tabs.try_lock();
    a.tabs.release_lock();
    a.hears_nothing().await;
    b.tabs.try_lock();
    assert_eq!(b.next().await, TabsEvent::LockGranted);
}

#[wasm_bindgen_test]
async fn a_closed_tab_lets_go_and_is_silent() {
    let (a, b) = two_tabs();
    a.tabs.request_lock();
    assert_eq!(a.next().await, TabsEvent::LockGranted);
    let heard = a.heard.clone();
    drop(a);
    b.tabs.post(b"anybody?");
    b.tabs.try_lock();
    assert_eq!(b.next().await, TabsEvent::LockGranted);
    time::sleep(50).await;
    assert_eq!(*heard.borrow(), []);
}

/// As in an insecure context, or a browser of yesterday: taken for the only tab.
#[wasm_bindgen_test]
async fn without_locks_and_channels_the_lock_is_granted_at_once() {
    let run = |script: &str| js_sys::Function::new_no_args(script).call0(&js_sys::global()).unwrap();
    run("Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true });
        globalThis.KeptChannel = BroadcastChannel; globalThis.BroadcastChannel = undefined;");
    let (a, b) = two_tabs();
    run("delete navigator.locks; globalThis.BroadcastChannel = KeptChannel;");
    a.tabs.post(b"to nobody");
    for ask in [Tabs::request_lock, Tabs::try_lock, Tabs::steal_lock] {
        ask(&a.tabs);
        assert_eq!(a.next().await, TabsEvent::LockGranted);
        ask(&a.tabs);
        a.hears_nothing().await;
        a.tabs.release_lock();
    }
    b.hears_nothing().await;
}
