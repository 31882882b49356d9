//! Refusals before a key is asked for.

use super::*;

#[test]
fn times_out_of_range_are_refused() {
    for time in ["99999999999999999", "-99999999999999999", "x", ""] {
        let covered = "(request-target) host (created) digest";
        let mut sent = Sent::cavage();
        sent.set(
            "signature",
            &cavage(covered, &format!(",created=\"{time}\"")),
        );
        assert!(sent.parse().is_err(), "{time}");
    }
    for time in ["8210266876799", "-8334601228800"] {
        let covered = "(request-target) host date (expires) digest";
        let mut sent = Sent::cavage();
        sent.set("signature", &cavage(covered, &format!(",expires={time}")));
        let _ = sent.parse();
        let covered = "(request-target) host (created) digest";
        sent.set("signature", &cavage(covered, &format!(",created={time}")));
        assert!(sent.parse().is_err(), "{time}");
    }
    let mut sent = Sent::cavage();
    sent.set("date", "yesterday");
    sent.assert_refused_for("the header date is no date");
}

#[test]
fn too_little_covered_is_refused() {
    for (covered, reason) in [
        ("host date digest", "it does not cover (request-target)"),
        ("(request-target) date digest", "it does not cover host"),
        ("(request-target) host digest", "neither date nor (created)"),
        ("(request-target) host date", "it does not cover digest"),
        ("", "it does not cover (request-target)"),
    ] {
        let mut sent = Sent::cavage();
        sent.set("signature", &cavage(covered, ""));
        sent.assert_refused_for(reason);
    }
    for (covered, reason) in [
        (
            r#""@target-uri" "content-digest""#,
            "does not cover @method",
        ),
        (
            r#""@method" "@path" "content-digest""#,
            "neither @target-uri nor",
        ),
        (
            r#""@method" "@authority" "content-digest""#,
            "neither @target-uri nor",
        ),
        (
            r#""@method" "@target-uri""#,
            "does not cover content-digest",
        ),
        (
            r#""@method" "@target-uri" "content-digest";sf"#,
            "with parameters",
        ),
        (
            r#""@method" "@target-uri" "content-digest" "@status""#,
            "not supported",
        ),
        (
            r#""@method" "@method" "@target-uri" "content-digest""#,
            "more than once",
        ),
        (
            r#""@method" "@target-uri" "content-digest" "Date""#,
            "not in lower case",
        ),
        (
            r#""@method" "@target-uri" "content-digest" "x-y""#,
            "there is no header x-y",
        ),
        ("1", "a component is no string"),
    ] {
        let mut sent = Sent::message();
        sent.set("signature-input", &input(covered, ""));
        sent.assert_refused_for(reason);
    }
}

#[test]
fn digest_is_for_bodies_only() {
    let mut sent = Sent::cavage();
    sent.method = "GET";
    sent.body = "";
    sent.headers.remove("digest");
    sent.set("signature", &cavage("(request-target) host date", ""));
    assert_eq!(sent.verify(), Err(SignatureError::Mismatch));
    sent.method = "POST";
    sent.assert_refused_for("it does not cover digest");
}

#[test]
fn all_known_digests_must_match_and_one_must_be_known() {
    for (digest, accepted) in [
        (format!("SHA-256={SHA_256}"), true),
        (format!("sha-256={SHA_256}, SHA-512={SHA_512}"), true),
        (format!("unixsum=30637,SHA-256={SHA_256}"), true),
        (format!("SHA-256={SHA_512}"), false),
        (format!("SHA-256={SHA_256},SHA-512={SHA_256}"), false),
        (format!("SHA-256={SHA_256},SHA-256=x"), false),
        ("unixsum=30637".into(), false),
        ("rubbish".into(), false),
        (format!("SHA-256={SHA_256},a=b,c=d,e=f,g=h"), false),
    ] {
        let mut sent = Sent::cavage();
        sent.set("digest", &digest);
        assert_eq!(sent.parse().is_ok(), accepted, "{digest}");
    }
    for (digest, accepted) in [
        (format!("sha-256=:{SHA_256}:, sha-512=:{SHA_512}:"), true),
        (format!("sha-256=:{SHA_512}:"), false),
        (format!("sha-256=\"{SHA_256}\""), false),
        ("md5=:AAAA:".into(), false),
        ("???".into(), false),
    ] {
        let mut sent = Sent::message();
        sent.set("content-digest", &digest);
        assert_eq!(sent.parse().is_ok(), accepted, "{digest}");
    }
}

#[test]
fn other_algorithms_are_refused() {
    let covered = "(request-target) host date digest";
    for (algorithm, accepted) in [
        (",algorithm=\"rsa-sha256\"", true),
        (",algorithm=\"hs2019\"", true),
        ("", true),
        (",algorithm=\"rsa-sha512\"", false),
        (",algorithm=\"hmac-sha256\"", false),
    ] {
        let mut sent = Sent::cavage();
        sent.set("signature", &cavage(covered, algorithm));
        assert_eq!(sent.verify().is_ok(), accepted, "{algorithm}");
    }
    let covered = "(request-target) host (created) digest";
    let mut sent = Sent::cavage();
    let parameters = ",created=1388957500,algorithm=\"rsa-sha256\"";
    sent.set("signature", &cavage(covered, parameters));
    sent.assert_refused_for("do not go with");
    let mut sent = Sent::message();
    let input = r#"sig1=("@method");created=1388957500;keyid="k";alg="rsa-pss-sha512""#;
    sent.set("signature-input", input);
    sent.assert_refused_for("the algorithm is not rsa-v1_5-sha256");
}

#[test]
fn headers_that_can_not_be_read_are_refused() {
    let mut sent = Sent::cavage();
    sent.headers.remove("signature");
    assert_eq!(sent.parse().unwrap_err(), SignatureError::Unsigned);
    sent.set("signature", &format!("keyId=\"{}\"", "a".repeat(9000)));
    sent.assert_refused_for("too long");
    let long = cavage("(request-target) host date digest", "").replace(KEY_ID, &"a".repeat(2049));
    sent.set("signature", &long);
    sent.assert_refused_for("the id of the key is empty or too long");
    for input in [
        "",
        "sig1",
        "sig1=()",
        "sig1=();created=1",
        "x=(\"@method\");keyid=\"k\"",
    ] {
        let mut sent = Sent::message();
        sent.set("signature-input", input);
        assert!(sent.parse().is_err(), "{input}");
    }
    let mut sent = Sent::message();
    let inputs = ["a=()", "b=()", "c=()", "d=()", "e=()"].join(",");
    sent.set("signature-input", &inputs);
    sent.assert_refused_for("too many signatures");
}
