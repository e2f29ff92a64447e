use super::*;
use rstest::rstest;

/// Sends one head and says how it was answered, and whether the connection ended afterwards.
async fn verdict(head: &str) -> (String, Vec<u8>, bool) {
    let mut client = pipe();
    client.send(head).await;
    let (answer, body) = client.answer().await;
    // The next request must not be answered; it may not even be taken.
    let _ = client.0.write_all(b"GET /ok HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let is_closed = match tokio::time::timeout(Duration::from_secs(10), client.rest()).await {
        Ok((more, _)) => more.is_empty(),
        Err(_still_open) => false,
    };
    (answer, body, is_closed)
}

#[rstest]
#[case::no_host("GET /ok HTTP/1.1\r\n\r\n")]
#[case::empty_host("GET /ok HTTP/1.1\r\nHost:\r\n\r\n")]
#[case::two_hosts("GET /ok HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
#[case::the_same_host_twice("GET /ok HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
#[case::two_hosts_in_1_0("GET /ok HTTP/1.0\r\nHost: a\r\nHost: b\r\nConnection: keep-alive\r\n\r\n")]
#[case::two_hosts_in_one("GET /ok HTTP/1.1\r\nHost: a, b\r\n\r\n")]
#[case::host_with_user("GET /ok HTTP/1.1\r\nHost: me@a\r\n\r\n")]
#[case::host_with_path("GET /ok HTTP/1.1\r\nHost: a/b\r\n\r\n")]
#[case::absolute_form("GET http://a/ok HTTP/1.1\r\nHost: a\r\n\r\n")]
#[case::absolute_form_of_another("GET http://b/ok HTTP/1.1\r\nHost: a\r\n\r\n")]
#[case::connect("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n")]
#[case::asterisk("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
#[case::encoded_nul("GET /ok%00.txt HTTP/1.1\r\nHost: a\r\n\r\n")]
#[case::bare_line_feeds("GET /ok HTTP/1.1\nHost: a\n\n")]
#[case::one_bare_line_feed("GET /ok HTTP/1.1\r\nHost: a\nX: b\r\n\r\n")]
#[case::bare_line_feed_at_the_end("GET /ok HTTP/1.1\r\nHost: a\r\n\n")]
#[case::bare_line_feed_before("\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\n")]
#[tokio::test(start_paused = true)]
async fn what_proxies_disagree_on_is_refused_with_a_problem_and_the_connection_closed(#[case] head: &str) {
    let (answer, body, is_closed) = verdict(head).await;
    let announced = field(&answer, "connection");
    match answer.split_once(' ') {
        Some(("http/1.1", rest)) if rest.starts_with("400") => assert_eq!(announced, Some("close")),
        Some(("http/1.0", rest)) if rest.starts_with("400") => assert_ne!(announced, Some("keep-alive")),
        _ => panic!("{answer}"),
    }
    assert_eq!(field(&answer, "content-type"), Some("application/problem+json"));
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&problem["status"], &problem["code"]), (&400.into(), &"bad_request".into()));
    assert!(is_closed, "the connection went on");
}

#[rstest]
#[case::nul_in_the_target("GET /o\0k HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
#[case::control_in_the_target("GET /o\x01k HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
#[case::nul_in_a_value("GET /ok HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", "400")]
#[case::carriage_return_in_a_value("GET /ok HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", "400")]
#[case::delete_in_a_value("GET /ok HTTP/1.1\r\nHost: a\r\nX: a\x7fb\r\n\r\n", "400")]
#[case::space_before_the_colon("GET /ok HTTP/1.1\r\nHost : a\r\n\r\n", "400")]
#[case::folded_line("GET /ok HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "400")]
#[case::differing_lengths("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400")]
#[case::signed_length("POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "400")]
#[case::not_chunked("POST /ok HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "400")]
#[case::chunked_in_1_0("POST /ok HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "400")]
#[case::unknown_version("GET /ok HTTP/1.2\r\nHost: a\r\n\r\n", "400")]
#[tokio::test(start_paused = true)]
async fn what_hyper_refuses_by_itself_stays_refused_and_the_connection_closed(
    #[case] head: &str,
    #[case] status: &str,
) {
    let (answer, _, is_closed) = verdict(head).await;
    assert!(answer.starts_with(&format!("http/1.1 {status}")), "{answer}");
    assert!(is_closed, "the connection went on");
}

#[tokio::test(start_paused = true)]
async fn heads_beyond_the_limits_are_answered_431_and_the_connection_closed() {
    let too_many = "X: y\r\n".repeat(100);
    let too_large = format!("X: {}\r\n", "y".repeat(33 * 1024));
    for fields in [too_many, too_large] {
        let (answer, _, is_closed) = verdict(&format!("GET /ok HTTP/1.1\r\nHost: a\r\n{fields}\r\n")).await;
        assert!(answer.starts_with("http/1.1 431"), "{answer}");
        assert!(is_closed, "the connection went on");
    }
    let allowed = format!("{}Y: {}\r\n", "X: y\r\n".repeat(98), "z".repeat(20 * 1024));
    let (answer, ..) = verdict(&format!("GET /ok HTTP/1.1\r\nHost: a\r\n{allowed}\r\n")).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_length_beside_chunks_is_ignored_for_the_chunks_and_the_connection_closed() {
    for fields in ["Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"]
    {
        let head = format!("POST /read HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n5\r\nabcde\r\n0\r\n\r\n");
        let (answer, body, is_closed) = verdict(&head).await;
        assert!(answer.starts_with("http/1.1 200"), "{answer}");
        assert_eq!(body, b"5");
        assert_eq!(field(&answer, "connection"), Some("close"));
        assert!(is_closed, "the connection went on");
    }
}

#[tokio::test(start_paused = true)]
async fn chunks_whose_lines_end_with_a_bare_line_feed_are_an_error() {
    let head = "POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\n0\n\n";
    let (answer, _, is_closed) = verdict(head).await;
    assert!(answer.starts_with("http/1.1 400"), "{answer}");
    assert!(is_closed, "the connection went on");
}

#[tokio::test(start_paused = true)]
async fn ordinary_heads_pass_and_the_connection_goes_on() {
    let mut client = pipe();
    for head in [
        "GET /ok HTTP/1.1\r\nHost: files.example\r\n\r\n",
        "GET /ok?name=a%00b HTTP/1.1\r\nHost: files.example:8080\r\n\r\n",
        "GET /ok HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\nX:\ta\tb \u{e9}\r\n\r\n",
        "\r\nGET /ok HTTP/1.1\r\nhost: a\r\n\r\n",
        "GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    ] {
        client.send(head).await;
        let (answer, body) = client.answer().await;
        assert!(answer.contains(" 200 ok"), "{head}: {answer}");
        assert_eq!(body, b"ok");
    }
    client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nbo\ndy").await;
    assert_eq!(client.answer().await.1, b"5");
    assert_eq!(field(&client.get("/ok").await.0, "connection"), None);
}

#[tokio::test(start_paused = true)]
async fn a_head_that_came_together_with_another_is_served_but_ends_the_connection() {
    // Its raw bytes were not looked at in full; a bare line feed in it must not open a way around the check.
    let (mut client, head) = (pipe(), "GET /ok HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send(format!("{head}GET /ok HTTP/1.1\nHost: a\n\n{head}")).await;
    assert_eq!(field(&client.answer().await.0, "connection"), None);
    assert_eq!(field(&client.answer().await.0, "connection"), Some("close"));
    assert_eq!(client.rest().await.0, b"");
}

#[tokio::test(start_paused = true)]
async fn handlers_learn_the_peer_address() {
    assert_eq!(pipe().get("/whoami").await.1, b"192.0.2.7:4711");
}
