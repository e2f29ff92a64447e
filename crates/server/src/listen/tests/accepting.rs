use std::io;

use super::*;
use crate::listen::accept::{Guests, connections_allowed, next_connection};

#[tokio::test]
async fn a_thousand_clients_connect_at_once_before_the_server_accepts_the_first() {
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let connecting = (0..1_000).map(|_| TcpStream::connect(addr));
    let patience = Duration::from_secs(20);
    let clients = tokio::time::timeout(patience, futures_util::future::try_join_all(connecting)).await;
    let clients = clients.expect("the kernel's queue is long enough").unwrap();

    let shutdown = CancellationToken::new();
    let served = tokio::spawn(serve(listener, router(Seen::default()), Limits::default(), shutdown.clone()));
    let answers = clients.into_iter().map(|stream| async {
        let mut client = Client(stream);
        client.get("/ok").await.1
    });
    for answer in futures_util::future::join_all(answers).await {
        assert_eq!(answer, b"ok");
    }
    shutdown.cancel();
    assert_eq!(served.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn at_shutdown_running_answers_finish_idle_connections_end_and_nobody_new_comes_in() {
    let house = House::open(Limits::default()).await;
    let (mut idle, mut silent, mut busy) = (house.visit().await, house.visit().await, house.visit().await);
    idle.get("/ok").await;
    busy.send("GET /download/2000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = busy.head().await;
    let mut body = vec![0; 1_000_000];
    busy.0.read_exact(&mut body).await.unwrap();

    house.shutdown.cancel();
    assert_eq!(idle.rest().await.0, b"");
    assert_eq!(silent.rest().await.0, b"");
    assert!(TcpStream::connect(house.addr).await.is_err(), "a new connection came in");
    let (rest, end) = busy.rest().await;
    assert!(end.is_ok());
    assert_eq!((body.len() + rest.len()).to_string(), field(&head, "content-length").unwrap());
    assert_eq!(house.ended.await.unwrap(), Drained { cut: 0 });
}

#[tokio::test]
async fn what_does_not_finish_in_time_at_shutdown_is_cut() {
    let house = House::open(Limits { drain: Duration::from_millis(200), ..Limits::default() }).await;
    let mut stuck = house.visit().await;
    stuck.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n").await;
    while house.visit().await.get("/ok").await.1 != b"ok" {}
    let start = Instant::now();
    house.shutdown.cancel();
    let (answer, _) = stuck.rest().await;
    assert_eq!(answer, b"");
    assert_eq!(house.ended.await.unwrap(), Drained { cut: 1 });
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn further_connections_wait_until_there_is_room() {
    let house = House::open(Limits { connections_max: 16, ..Limits::default() }).await;
    let mut inside = Vec::new();
    for _ in 0..16 {
        let mut client = house.visit().await;
        client.get("/ok").await;
        inside.push(client);
    }
    let mut waiting = house.visit().await;
    waiting.send("GET /ok HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let early = tokio::time::timeout(Duration::from_millis(200), waiting.0.readable()).await;
    assert!(early.is_err(), "more connections than allowed were served");
    inside.pop();
    assert_eq!(waiting.answer().await.1, b"ok");
}

#[test]
fn an_address_gets_its_share_of_connections_and_no_more() {
    let limits = Limits {
        connections_per_peer_max: 2,
        unlimited_peers: vec!["10.0.0.0/8".parse().unwrap()],
        ..Limits::default()
    };
    let guests = Arc::new(Guests::new(&limits));
    let admit = |address: &str| guests.admit(address.parse().unwrap());
    let (first, _second) = (admit("192.0.2.1").unwrap(), admit("192.0.2.1").unwrap());
    assert!(admit("192.0.2.1").is_none());
    assert!(admit("192.0.2.2").is_some());
    drop(first);
    let _third = admit("192.0.2.1").expect("somebody left");
    assert!(admit("192.0.2.1").is_none());

    let _six = (admit("2001:db8:1:2::1").unwrap(), admit("2001:db8:1:2:ffff::2").unwrap());
    assert!(admit("2001:db8:1:2:3::3").is_none(), "one /64 is one customer");
    assert!(admit("2001:db8:1:3::1").is_some());

    let proxies: Vec<_> = (0..10).flat_map(|_| [admit("10.1.2.3"), admit("127.0.0.1"), admit("::1")]).collect();
    assert!(proxies.iter().all(Option::is_some));
}

#[test]
fn connections_leave_room_for_files() {
    assert_eq!(connections_allowed(16_384, None), 16_384);
    assert_eq!(connections_allowed(16_384, Some(1_024)), 384);
    assert_eq!(connections_allowed(100, Some(1_048_576)), 100);
    assert_eq!(connections_allowed(16_384, Some(10)), 16);
}

#[tokio::test(start_paused = true)]
async fn a_process_without_file_handles_waits_instead_of_asking_in_a_loop() {
    const TOO_MANY_OPEN_FILES: i32 = 24;
    let (mut asked, start) = (0, Instant::now());
    let connection = next_connection(|| {
        asked += 1;
        let is_full = start.elapsed() < Duration::from_secs(5);
        std::future::ready(if is_full { Err(io::Error::from_raw_os_error(TOO_MANY_OPEN_FILES)) } else { Ok(7) })
    })
    .await;
    assert_eq!(connection, 7);
    assert!((5..=30).contains(&asked), "asked {asked} times in 5 s");

    let (mut failures, start) = (100, Instant::now());
    next_connection(|| {
        failures -= 1;
        std::future::ready(if failures > 0 { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) })
    })
    .await;
    assert_eq!(start.elapsed(), Duration::ZERO, "one lost connection must not keep the next one waiting");
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let first = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    assert_eq!(bind(first.local_addr().unwrap()).await.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}
