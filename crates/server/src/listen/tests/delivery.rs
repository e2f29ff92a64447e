use super::*;

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_read_to_its_end_is_delivered_exactly() {
    let seen = Seen::default();
    let (mut client, _task) = pipe_to(Limits::default(), seen.clone());
    for chunks in [0_usize, 1, 20] {
        let (head, body) = client.get(&format!("/download/{chunks}")).await;
        let (delivery, meter) = seen.delivery();
        assert_eq!(body.len(), chunks * CHUNK);
        assert_eq!(delivery.settled().await, u64::try_from(body.len()).unwrap());
        if chunks == 0 {
            assert_eq!(meter.written(), u64::try_from(head.len()).unwrap());
            let request = "GET /download/0 HTTP/1.1\r\nHost: files.example\r\n\r\n";
            assert_eq!(meter.read(), u64::try_from(request.len()).unwrap());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_an_answer_that_was_given_up_only_what_the_socket_took_is_delivered() {
    let seen = Seen::default();
    let (mut client, _task) = pipe_to(Limits::default(), seen.clone());
    client.send("GET /download/1000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.head().await;
    let mut body = vec![0; 500_000];
    client.0.read_exact(&mut body).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (delivery, _) = seen.delivery();
    // The pipe has taken what was read and is full again.
    let taken = u64::try_from(body.len() + PIPE).unwrap();
    assert!((taken..taken + 1024).contains(&delivery.accepted()), "{} of {taken}", delivery.accepted());
    drop(client);
    let settled = delivery.settled().await;
    assert!((taken..taken + 1024).contains(&settled), "{settled} of {taken}");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_dropped_before_it_answers_delivers_nothing_and_settles() {
    let caught = Arc::new(Mutex::new(None));
    let keep = caught.clone();
    let router = Router::new().route(
        "/",
        get(async move |Extension(delivery): Extension<Delivery>| {
            *keep.lock().unwrap() = Some(delivery);
            std::future::pending::<()>().await;
        }),
    );
    let (ours, theirs) = duplex(PIPE);
    let (limits, tokens) = (Arc::new(Limits::default()), [(); 2].map(|()| CancellationToken::new()));
    let [drain, cut] = tokens;
    let shared = Shared { router, limits, tasks: TaskTracker::new(), drain, cut };
    let peer = Peer { addr: SocketAddr::from(([192, 0, 2, 7], 1)) };
    tokio::spawn(serve_connection(theirs, peer, Arc::new(shared)));
    let mut client = Client(ours);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    drop(client);
    let delivery = caught.lock().unwrap().take().expect("the handler ran");
    assert_eq!(delivery.settled().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_waits_until_it_was_delivered_goes_on() {
    let (mut client, _task) = pipe_to(Limits::default(), Seen::default());
    let answer = tokio::time::timeout(Duration::from_secs(1), client.get("/patient")).await;
    assert_eq!(answer.expect("it waits for ever").1.len(), 2 * CHUNK);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_kernel_takes_little_of_an_answer_that_nobody_reads() {
    let house = House::open(Limits::default()).await;
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(64 * 1024).unwrap();
    let mut client = Client(socket.connect(house.addr).await.unwrap());
    client.send("GET /download/1000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    client.head().await;
    let (mut last, meter) = (0, house.seen.delivery().1);
    loop {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if meter.written() == last {
            break;
        }
        last = meter.written();
    }
    assert!(last < 768 * 1024, "the kernel took {last} bytes; slow readers cannot be told from dead ones");
}
