//! One look for all who watch the same page, and none at what nobody watches. Everything here lives on one thread.

use actix_web::web::Bytes;
use std::{cell::RefCell, collections::HashMap, rc::Rc, time::Duration};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

/// Between two looks.
pub(super) const PERIOD: Duration = Duration::from_secs(1);
/// Watchers at a time: half of the listener's connections.
const MOST: usize = 32;

/// The pages that somebody watches; cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Watched(Rc<RefCell<Pages>>);

#[derive(Default)]
struct Pages {
    open: HashMap<String, watch::Sender<Bytes>>,
    watchers: usize,
}

/// What a look finds.
pub(super) enum Seen {
    /// This.
    Text(Bytes),
    /// Nothing, for now: what is shown stays.
    Nothing,
    /// The end: nobody shall watch any more.
    End,
}

/// Somebody who watches a page.
pub(super) struct Watcher {
    /// The page's text; ends with the page.
    pub(super) news: watch::Receiver<Bytes>,
    _place: Place,
}

impl Watched {
    /// Watches `page`, at which `look` looks where nobody does yet; none where too many watch already.
    pub(super) fn watch<F, R>(&self, page: &str, look: F) -> Option<Watcher>
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Seen> + 'static,
    {
        let place = Place::take(self)?;
        let news = self.join(page).unwrap_or_else(|| self.open(page, look));
        Some(Watcher {
            news,
            _place: place,
        })
    }

    /// Watches with those who do; what is shown is news.
    fn join(&self, page: &str) -> Option<watch::Receiver<Bytes>> {
        let mut news = self.0.borrow().open.get(page)?.subscribe();
        if !news.borrow().is_empty() {
            news.mark_changed();
        }
        Some(news)
    }

    /// Begins to look.
    fn open<F, R>(&self, page: &str, look: F) -> watch::Receiver<Bytes>
    where
        F: Fn() -> R + 'static,
        R: Future<Output = Seen> + 'static,
    {
        let (shown, news) = watch::channel(Bytes::new());
        let mut pages = self.0.borrow_mut();
        pages.open.insert(page.to_owned(), shown.clone());
        let open = Open {
            watched: self.clone(),
            page: page.to_owned(),
        };
        actix_web::rt::spawn(open.show(shown, look));
        news
    }
}

/// A page that is looked at; forgotten when dropped, however its task ends.
struct Open {
    watched: Watched,
    page: String,
}

impl Open {
    /// Looks until nobody watches.
    async fn show<F, R>(self, shown: watch::Sender<Bytes>, look: F)
    where
        F: Fn() -> R,
        R: Future<Output = Seen>,
    {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = shown.closed() => return,
                _ = ticks.tick() => {}
            }
            metrics::counter!("rollcall_live_looks_total").increment(1);
            match look().await {
                Seen::Text(text) => {
                    shown.send_if_modified(|before| {
                        let news = *before != text;
                        if news {
                            *before = text;
                        }
                        news
                    });
                }
                Seen::Nothing => {}
                Seen::End => return,
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.watched.0.borrow_mut().open.remove(&self.page);
    }
}

/// A place among the watchers, given back when dropped.
struct Place(Watched);

impl Place {
    fn take(watched: &Watched) -> Option<Self> {
        let mut pages = watched.0.borrow_mut();
        if pages.watchers >= MOST {
            return None;
        }
        pages.watchers += 1;
        metrics::gauge!("rollcall_live_watchers").increment(1.0);
        Some(Self(watched.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.borrow_mut().watchers -= 1;
        metrics::gauge!("rollcall_live_watchers").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{cell::Cell, future::ready};

    /// Every look finds how many there have been.
    fn counting(looks: &Rc<Cell<u32>>) -> impl Fn() -> std::future::Ready<Seen> + use<> {
        let looks = looks.clone();
        move || {
            looks.set(looks.get() + 1);
            ready(Seen::Text(looks.get().to_string().into()))
        }
    }

    async fn next(watcher: &mut Watcher) -> Option<Bytes> {
        let change = watcher.news.changed();
        let change = tokio::time::timeout(Duration::from_secs(20), change).await;
        change.expect("in time").ok()?;
        Some(watcher.news.borrow_and_update().clone())
    }

    async fn is_forgotten(watched: &Watched) {
        let forgotten = async {
            while !watched.0.borrow().open.is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let forgotten = tokio::time::timeout(Duration::from_secs(20), forgotten).await;
        forgotten.expect("nobody watches");
    }

    #[actix_web::test]
    async fn however_many_watch_one_look_is_for_all() {
        let (watched, looks) = (Watched::default(), Rc::default());
        let watch = |page| watched.watch(page, counting(&looks)).expect("a place");
        let mut watchers: Vec<_> = std::iter::repeat_with(|| watch("a")).take(8).collect();
        for look in ["1", "2", "3"] {
            for watcher in &mut watchers {
                assert_eq!(next(watcher).await.expect("it goes on"), look);
            }
        }
        let mut late = watch("a");
        assert_eq!(next(&mut late).await.expect("at once"), "3");
        drop((watchers, late));
        is_forgotten(&watched).await;
        assert_eq!(looks.get(), 3, "nobody watches, and nothing is looked at");
        assert_eq!(next(&mut watch("a")).await.expect("anew"), "4");
    }

    #[actix_web::test]
    async fn pages_are_looked_at_each_for_itself() {
        let watched = Watched::default();
        let own = |text: &'static str| {
            let look = move || ready(Seen::Text(Bytes::from_static(text.as_bytes())));
            watched.watch(text, look).expect("a place")
        };
        let (mut a, mut b) = (own("a"), own("b"));
        assert_eq!(next(&mut a).await.expect("its text"), "a");
        assert_eq!(next(&mut b).await.expect("its text"), "b");
    }

    #[actix_web::test]
    async fn a_look_that_panics_ends_its_page_and_the_next_begins_anew() {
        let watched = Watched::default();
        let panics = || async { panic!("on purpose") };
        let mut watcher = watched.watch("a", panics).expect("a place");
        assert_eq!(next(&mut watcher).await, None);
        let mut over = watched.watch("a", || ready(Seen::End)).expect("a place");
        assert_eq!(next(&mut over).await, None);
        let looks = Rc::default();
        let mut watcher = watched.watch("a", counting(&looks)).expect("a place");
        assert_eq!(next(&mut watcher).await.expect("it is looked at"), "1");
    }

    #[actix_web::test]
    async fn watchers_are_bounded_and_their_places_come_back() {
        let (watched, looks) = (Watched::default(), Rc::default());
        let watch = || watched.watch("a", counting(&looks));
        let watchers: Vec<_> = std::iter::from_fn(watch).take(MOST + 1).collect();
        assert_eq!(watchers.len(), MOST);
        drop(watchers);
        assert!(watch().is_some());
    }
}
