use super::*;
use crate::listen::pace::{Pace, Slowness, Verdict};
use proptest::prelude::*;

#[tokio::test(start_paused = true)]
async fn a_connection_that_says_nothing_is_closed_after_30_seconds() {
    let mut client = pipe();
    let start = Instant::now();
    assert_eq!(client.rest().await.0, b"");
    assert_seconds(start, 30, 31);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_comes_byte_by_byte_is_cut_after_30_seconds_while_others_are_served_at_once() {
    for (beginning, drops) in [("G", "a"), ("GET /ok HTTP/1.1\r\nX: ", "a"), ("PRI * HTTP/", "")] {
        let (mut slow, mut honest, start) = (pipe(), pipe(), Instant::now());
        slow.send(beginning).await;
        let honest_work = async {
            for _ in 0..20 {
                let asked = Instant::now();
                assert!(honest.get("/ok").await.0.starts_with("http/1.1 200"));
                assert!(asked.elapsed() < Duration::from_millis(1), "an honest client had to wait");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        tokio::join!(slow.trickle_until_closed(drops.as_bytes()), honest_work);
        assert_seconds(start, 29, 32);
    }
}

#[tokio::test(start_paused = true)]
async fn the_second_head_of_a_connection_must_be_quick_as_well() {
    let mut client = pipe();
    client.get("/ok").await;
    tokio::time::sleep(Duration::from_secs(50)).await;
    let start = Instant::now();
    client.trickle_until_closed(b"GET /").await;
    assert_seconds(start, 29, 32);
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_serves_again_after_a_minute_and_is_closed_after_75_seconds() {
    let mut client = pipe();
    client.get("/ok").await;
    tokio::time::sleep(Duration::from_secs(70)).await;
    assert!(client.get("/ok").await.0.starts_with("http/1.1 200"));
    let start = Instant::now();
    assert!(client.rest().await.1.is_ok());
    assert_seconds(start, 75, 78);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stops_is_answered_408_after_30_seconds_and_the_connection_closed() {
    let mut client = pipe();
    client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n0123456789").await;
    let start = Instant::now();
    let (head, body) = client.answer().await;
    assert!(head.starts_with("http/1.1 408"), "{head}");
    assert_eq!(field(&head, "connection"), Some("close"));
    assert_eq!(body, b"10");
    assert_seconds(start, 30, 31);
    assert!(client.rest().await.1.is_ok());
    assert_seconds(start, 30, 33);
}

#[tokio::test(start_paused = true)]
async fn a_body_below_the_minimum_rate_is_answered_408_after_a_minute() {
    let mut client = pipe();
    client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").await;
    let start = Instant::now();
    client.trickle_until_closed(b"a").await;
    assert_seconds(start, 59, 64);
}

#[tokio::test(start_paused = true)]
async fn a_body_over_a_line_of_64_kbit_per_second_arrives() {
    let mut client = pipe();
    client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 4096000\r\n\r\n").await;
    for _ in 0..500 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.send(vec![7; 8192]).await;
    }
    let (head, body) = client.answer().await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, b"4096000");
}

#[tokio::test(start_paused = true)]
async fn time_in_which_the_server_works_never_counts_against_a_sender() {
    for path in ["/think-then-read", "/sip"] {
        let mut client = pipe();
        client.send(format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")).await;
        client.send(vec![7; 200_000]).await;
        let (head, body) = client.answer().await;
        assert!(head.starts_with("http/1.1 200"), "{path}: {head}");
        assert_eq!(body, b"200000", "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn time_in_which_the_server_works_never_counts_against_a_reader() {
    let mut client = pipe();
    let (_, body) = client.get("/think").await;
    assert_eq!(body, b"thought");
    client.send("GET /drip HTTP/1.0\r\n\r\n").await;
    let (answer, end) = client.rest().await;
    assert!(answer.ends_with(b"dropdropdropdropdrop"));
    assert!(end.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_takes_nothing_is_cut_after_a_minute() {
    let seen = Seen::default();
    let (mut client, task) = pipe_to(Limits::default(), seen.clone());
    let start = Instant::now();
    client.send("GET /download/100 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    task.await.unwrap();
    assert_seconds(start, 60, 61);
    assert!(seen.given_up_at().is_some());
    let (bytes, _) = client.rest().await;
    assert!(bytes.len() <= PIPE, "a cut answer is not complete");
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_the_last_bytes_is_watched_as_well() {
    // The body ends at once (it fits into hyper's buffer), only the pipe is full.
    let (mut client, task) = pipe_to(Limits::default(), Seen::default());
    let start = Instant::now();
    client.send("GET /download/5 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    task.await.unwrap();
    assert_seconds(start, 60, 61);
}

#[tokio::test(start_paused = true)]
async fn a_reader_below_the_minimum_rate_is_cut_after_a_minute() {
    let (mut client, task) = pipe_to(Limits::default(), Seen::default());
    let start = Instant::now();
    client.send("GET /download/1000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // The first 64 KiB that the pipe took count as taken: they are worth about two minutes at the minimum rate.
    let mut cup = [0; 100];
    while !task.is_finished() {
        let _ = client.0.read(&mut cup).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(start.elapsed() < Duration::from_mins(5), "a reader at 100 bytes a second goes on for ever");
    }
    assert_seconds(start, 60, 240);
}

#[tokio::test(start_paused = true)]
async fn a_reader_at_64_kbit_per_second_gets_all_of_it() {
    let mut client = pipe();
    client.send("GET /download/200 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.head().await;
    let mut cup = [0; 8192];
    for _ in 0..400 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        client.0.read_exact(&mut cup).await.unwrap();
    }
    assert!(client.get("/ok").await.0.starts_with("http/1.1 200"));
}

const LIMIT: Slowness =
    Slowness { stall: Duration::from_mins(1), window: Duration::from_mins(1), bytes_per_s_min: 512 };

proptest! {
    #[test]
    fn whoever_moves_at_twice_the_minimum_rate_in_steps_below_the_stall_time_is_never_cut(
        steps in prop::collection::vec((1_u64..59_000, 2_u64..50), 1..200),
    ) {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for (wait_ms, factor) in steps {
            pace.wait(now);
            now += Duration::from_millis(wait_ms);
            prop_assert!(matches!(pace.verdict(now, &LIMIT), Verdict::Waiting(_)) || pace.is_waiting());
            pace.moved(wait_ms * 512 * factor / 1_000 + 1, now, &LIMIT);
            pace.wait(now);
            let verdict = pace.verdict(now, &LIMIT);
            prop_assert!(matches!(verdict, Verdict::Waiting(at) if at > now), "{verdict:?}");
        }
    }

    #[test]
    fn whoever_moves_at_half_the_minimum_rate_is_cut_within_two_windows(step_ms in 100_u64..20_000) {
        let (mut pace, mut now, start) = (Pace::default(), Instant::now(), Instant::now());
        loop {
            pace.wait(now);
            if pace.verdict(now, &LIMIT) == Verdict::TooSlow {
                break;
            }
            now += Duration::from_millis(step_ms);
            pace.moved(step_ms * 256 / 1_000, now, &LIMIT);
            prop_assert!(now - start <= LIMIT.window * 2, "still there after {:?}", now - start);
        }
    }

    #[test]
    fn time_without_a_wait_never_counts(pauses in prop::collection::vec(1_u64..100_000, 1..50)) {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        for pause in pauses {
            now += Duration::from_secs(pause);
            prop_assert_eq!(pace.verdict(now, &LIMIT), Verdict::AtEase);
            pace.moved(1, now, &LIMIT);
        }
    }
}
