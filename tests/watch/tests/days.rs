//! Days of five-minute runs: what they come to, and what they cost.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::time::Duration;

use domain::{
    Clock, Instant,
    monitoring::{Day, Interval, Records, Tally, Window, incident::Trouble, uptime},
};
use store::Shard;
use watch::{Behaviour, World};

const ONLY: Shard = Shard { number: 0, of: 1 };

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_rolled_up_once_and_low_uptime_warns_once_and_ends() {
    let world = World::new().await;
    let clients = world.add_clients(2).await;
    let activated = world.clock.now();
    let tomorrow = Day::of(activated).next();
    let (mut warned, mut ended) = (Vec::new(), Vec::new());
    let mut low = false;
    // The rest of the first day, all of the second, three hours of the third.
    let end = tomorrow.next().start().after(Duration::from_secs(3 * 3600));
    while world.clock.now() < end {
        // Down for five checks of the second day.
        let since = world.clock.now().since(tomorrow.start());
        let down = world.clock.now() >= tomorrow.start() && (6 * 3600..6 * 3600 + 1500).contains(&since.as_secs());
        world
            .sites
            .set("site-0", if down { Behaviour::Error } else { Behaviour::Well });
        world.run().await;
        let now_low = world
            .record(&clients[0])
            .await
            .watch
            .troubles
            .contains_key(&Trouble::LowUptime);
        if now_low != low {
            low = now_low;
            if low { &mut warned } else { &mut ended }.push(world.clock.now());
        }
    }
    // 5 of at least 288 checks failed: under 99 % until there are 500.
    assert_eq!((warned.len(), ended.len()), (1, 1), "{warned:?} {ended:?}");

    let days = world.store.days(&clients[0], Day::of(activated)).await.unwrap();
    assert_eq!(days.len(), 2, "the third day is not over: {days:?}");
    let second = Tally {
        successful: 283,
        failed: 5,
        inconclusive: 0,
        excused: 0,
    };
    assert_eq!((days[1].day, days[1].tally), (tomorrow, second));
    assert!(days[1].latency.is_some());
    let month = world.store.month(ONLY).await.unwrap().unwrap();
    let site = domain::monitoring::SiteKey::of(&clients[0]);
    assert_eq!(
        month.before(site, Day::of(world.clock.now())),
        days[0].tally.plus(second)
    );

    // From the roll-ups, and from the raw checks alone: the same.
    let raw: Vec<_> = world
        .pages(ONLY)
        .await
        .iter()
        .flat_map(|placed| {
            let ours = placed.page.entries.iter().filter(move |entry| entry.site == site);
            ours.filter_map(|entry| placed.page.raw_check(entry))
                .collect::<Vec<_>>()
        })
        .collect();
    let of = |days| {
        let records = Records {
            since: activated,
            interval: Interval::DEFAULT,
            days,
            checks: &raw,
        };
        uptime(
            Window::Week,
            world.clock.now().after(Duration::from_millis(1)),
            &records,
        )
    };
    let (rolled, recomputed) = (of(&days), of(&[]));
    assert_eq!(
        (rolled.successful, rolled.total),
        (recomputed.successful, recomputed.total)
    );
    assert_eq!(rolled.total - rolled.successful, 5);
    assert!(rolled.coverage > 0.99, "{rolled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_costs_hardly_a_fiftieth_of_a_write_unit() {
    for sites in [1_u32, 100, 700] {
        let world = World::new().await;
        world.add_clients(usize::try_from(sites).unwrap()).await;
        // The first runs make what the others keep up.
        world.run().await;
        world.run().await;
        let (before, runs) = (world.wire.charged(), 24_u32);
        for _ in 0..runs {
            world.run().await;
        }
        let written = (world.wire.charged() - before).written;
        // Each client has a roll-up a day, the shard a month.
        let daily = (f64::from(sites) + f64::from(sites) * 0.1) / 288.0 * f64::from(runs);
        let allowed = f64::from(runs) * (0.02 * f64::from(sites) + 3.0);
        let all = written + daily;
        println!(
            "{sites} sites: {:.4} write units per run, {allowed:.1} allowed, {all:.1} used",
            all / f64::from(runs)
        );
        assert!(all <= allowed, "{sites} sites in {runs} runs: {all} of {allowed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_day_writes_one_unit_per_site_and_a_month() {
    let world = World::new().await;
    world.add_clients(300).await;
    // From 23:30 to 00:30.
    world
        .clock
        .pass(Instant::parse("2026-11-24T23:30:00Z").unwrap().since(world.clock.now()));
    let mut largest = 0.0_f64;
    for _ in 0..20 {
        let before = world.wire.charged();
        world.run().await;
        largest = largest.max((world.wire.charged() - before).written);
    }
    assert!((300.0..=300.0 + 40.0).contains(&largest), "{largest}");
}
