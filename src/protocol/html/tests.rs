use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

/// Returns the text that a person reads of HTML without elements.
fn unescape(html: &str) -> String {
    html.replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[test]
fn ordinary_formatting_links_and_media_stay_as_they_are() {
    for html in [
        "Hello <b>w</b><i>o</i>rld",
        r#"<a href="https://h.example/a?b=1&amp;c=2">x</a>"#,
        r#"<a href="https://h.example/" rel="tag me" title="t">x</a>"#,
        "<p>One</p><p>Two<br>lines</p><hr>",
        r#"<img src="https://h.example/i.png" alt="i" width="3" height="4">"#,
        r#"<video controls="" src="https://h.example/v.webm"></video>"#,
        r#"<audio controls=""><source src="https://h.example/a.ogg" type="audio/ogg"></audio>"#,
        "<ul><li>a</li><li>b</li></ul><ol start=\"3\"><li>c</li></ol>",
        "<dl><dt>a</dt><dd>b</dd></dl>",
        "<table><thead><tr><th>a</th></tr></thead>\
         <tbody><tr><td colspan=\"2\">b</td></tr></tbody></table>",
        "<h1>a</h1><h2>b</h2><blockquote><pre><code>a\n  b</code></pre></blockquote>",
        r#"<span style="font-weight:bold">x</span>"#,
        r#"<p style="margin-top:0px;margin-bottom:12px;margin-left:40px;margin-right:0">x</p>"#,
        r#"<span style="font-size:x-large;color:#aa0000;background-color:rgb(1, 2, 3)">x</span>"#,
        r#"<span style="font-size:9pt;font-weight:600;text-decoration:underline">x</span>"#,
        r#"<blockquote cite="https://h.example/1">x</blockquote>"#,
        r#"<a href="/alice">relative</a> <a href="mailto:a@h.example">mail</a>"#,
        "<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>",
        "a &lt; b &amp;&amp; c &gt; d \"quoted\" 'too'",
        "",
    ] {
        assert_eq!(sanitise(html), html);
    }
}

#[test]
fn dangerous_markup_is_removed() {
    for (html, clean) in [
        ("a<script>alert(1)</script>b", "ab"),
        ("<style>body{display:none}</style>x", "x"),
        ("<b onclick=\"x()\">x</b>", "<b>x</b>"),
        ("<a href=\"javascript:x()\">x</a>", "<a>x</a>"),
        ("<a href=\" java\nscript:x()\">x</a>", "<a>x</a>"),
        ("<a href=\"data:text/html,x\">x</a>", "<a>x</a>"),
        ("<img src=x onerror=alert(1)>", "<img src=\"x\">"),
        ("<iframe src=\"https://h.example\">x</iframe>y", "y"),
        ("<object data=\"x\">x</object><embed src=\"x\">", "x"),
        (
            "<form action=\"/x\"><input name=a><button>go</button></form>",
            "go",
        ),
        (
            "<a href=\"/x\" target=\"_top\">x</a>",
            "<a href=\"/x\">x</a>",
        ),
        (
            "<div class=\"navbar\" id=\"verifier\" style=\"position:fixed;color:red\">x</div>",
            "<div style=\"color:red\">x</div>",
        ),
        ("<q cite=\"javascript:x()\">x</q>", "<q>x</q>"),
        ("<ins cite=\" java\nscript:x()\">x</ins>", "<ins>x</ins>"),
        (
            "<b style=\"background-color:url(javascript:x())\">x</b>",
            "<b>x</b>",
        ),
        (
            "<b style=\"color:red;background-color:\\75rl(https://h.example/)\">x</b>",
            "<b style=\"color:red\">x</b>",
        ),
        (
            "<b style='color:\"a;color:blue\";/**/color:x;color:expression(x());\
             font-size:9pt'>x</b>",
            "<b style=\"font-size:9pt\">x</b>",
        ),
        (
            "<p style=\"margin:-9px;margin-top:201px;margin-left:1e9em;margin-right:50%\">x</p>",
            "<p>x</p>",
        ),
        (
            "<p style=\"font-size:65px;font-size:900%;font-size:1e99px;font-size:-1em\">x</p>",
            "<p>x</p>",
        ),
        ("<p style=\"\">x</p>", "<p>x</p>"),
        (
            "<svg><a xlink:href=\"javascript:x\">x</a></svg>",
            "<a>x</a>",
        ),
        (
            "<math><mtext><table><mglyph><style><!--</style>\
             <img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\"><table></table>",
        ),
        (
            "<meta http-equiv=refresh content=0><link rel=stylesheet href=x><base href=x>x",
            "x",
        ),
        ("a<!-- c -->b<!DOCTYPE x>", "ab"),
        (
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=alert(1)&gt;\"></p>",
        ),
    ] {
        assert_eq!(sanitise(html), clean, "{html}");
    }
}

#[test]
fn lines_and_quotations_of_an_editor_keep_their_spacing() {
    let written = "<p style=\" margin-top:0px; margin-bottom:0px; margin-left:40px; \
                   margin-right:0px; -qt-block-indent:0; text-indent:0px;\">\
                   <span style=\" font-size:x-large;\">x</span></p>";
    let kept = "<p style=\"margin-top:0px;margin-bottom:0px;margin-left:40px;margin-right:0px\">\
                <span style=\"font-size:x-large\">x</span></p>";
    assert_eq!(sanitise(written), kept);
}

#[test]
fn sloppy_nesting_is_read_as_browsers_read_it() {
    for (html, clean) in [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        (
            "<dl><dt>a<dd>b<dt>c</dl>",
            "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>",
        ),
        (
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<table><tbody><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table>",
        ),
        ("<b>a<i>b</b>c", "<b>a<i>b</i></b>c"),
        ("a</b></p></div>b", "ab"),
        ("<br/>a<br />", "<br>a<br>"),
        ("<b>a", "<b>a</b>"),
        ("a < b and c<d", "a &lt; b and c"),
    ] {
        assert_eq!(sanitise(html), clean, "{html}");
    }
}

#[test]
fn line_breaks_at_the_beginning_of_preformatted_text_stay() {
    for html in [
        "<pre>\n\na</pre>",
        "<pre>a\n</pre>",
        "<pre>\n\n\n\n\n\n\na</pre>",
    ] {
        let clean = sanitise(html);
        assert_eq!(clean.matches('\n').count(), html.matches('\n').count());
        assert_eq!(sanitise(&clean), clean);
    }
}

#[test]
fn large_input_stays_bounded_in_time_and_size() {
    const SIZE: usize = 100 * 1024;
    let numbered = |count: usize| {
        (0..count).fold(String::new(), |html, i| {
            html + "<b title=" + &i.to_string() + ">"
        })
    };
    let attributes = (0..18_000).fold(String::new(), |html, i| html + " a" + &i.to_string());
    let unit = |text: &str| text.repeat(SIZE / text.len());
    let half = |text: &str| text.repeat(SIZE / 2 / text.len());
    for (name, html) in [
        ("divs", unit("<div>")),
        ("bolds", unit("<b>")),
        ("links", unit("<a href=x>")),
        ("lists", unit("<ul><li>")),
        ("tables", unit("<table><tr><td>")),
        ("closed", format!("{}{}", half("<div>"), half("</div>"))),
        ("unmatched", format!("{}{}", half("<div>"), half("</b>"))),
        (
            "paragraphs in bolds",
            format!("{}{}", numbered(3_000), half("<p>x")),
        ),
        (
            "paragraphs and bolds",
            format!("<p>{}{}", numbered(3_000), half("<p>x<div></div></p>")),
        ),
        (
            "bolds across cells",
            format!(
                "<table>{}</table>{}",
                half("<b title=a><td></b></td>"),
                half("<p>x")
            ),
        ),
        (
            "bolds hidden from tables",
            unit("<b title=1><table><td></b></td></table>"),
        ),
        ("misnested", unit("<b><i><p></b></i>")),
        ("definition", unit("<dt><dd>")),
        ("ruby", unit("<rt>")),
        ("attributes", format!("<b{attributes}>")),
        ("comments", unit("<!--")),
        ("entities", unit("&amp")),
        ("angles", unit("<")),
        ("scripts", unit("<script>")),
        ("foreign", unit("<svg><style><!--</style>")),
        (
            "styles",
            unit("<b style='color:((((((((((((((((((((((((('>"),
        ),
        ("one style", format!("<b style='color:{}'>x", unit("("))),
    ] {
        let begin = Instant::now();
        let clean = sanitise(&html);
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(10), "{name} took {took:?}");
        assert!(clean.len() < 20 * SIZE, "{name} became {}", clean.len());
        assert!(sanitise(&clean) == clean, "{name}");
    }
}

#[test]
fn generated_content_is_escaped_as_peers_do_it() {
    assert_eq!(
        escape("a<b>&\"c\"'d'/é"),
        "a&lt;b&gt;&amp;&quot;c&quot;&#x27;d&#x27;&#x2F;é"
    );
}

/// HTML as a fuzzer would write it: pieces of markup in any order.
fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z \n\u{a0}é漢&<>\"']{0,4}",
        prop::sample::select(vec![
            "<b>",
            "</b>",
            "<i x=1>",
            "</i>",
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<a href=x>",
            "</a>",
            "<table>",
            "</table>",
            "<tr>",
            "</tr>",
            "<td>",
            "</td>",
            "<caption>",
            "<col>",
            "<li>",
            "</li>",
            "<ul>",
            "</ul>",
            "<dd>",
            "<pre>",
            "</pre>",
            "\n",
            "<h1>",
            "</h1>",
            "<h2>",
            "<br>",
            "<svg>",
            "</svg>",
            "<math>",
            "<mtext>",
            "<style>",
            "</style>",
            "<!--",
            "-->",
            "<title>",
            "</title>",
            "<select>",
            "<option>",
            "<form>",
            "<button>",
            "<template>",
            "<ruby>",
            "<rt>",
            "<rp>",
            "<nobr>",
            "<font color=a>",
            "</font>",
            "&amp;",
            "&lt;b&gt;",
            "&#0;",
            "&#13;",
            "<![CDATA[",
            "]]>",
            "<hr>",
            "<thead>",
            "<tbody>",
            "<plaintext>",
            "<xmp>",
            "</xmp>",
            "<audio>",
            "<source>",
            "<details>",
            "<summary>",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn text_without_markup_survives(text in "[^<>&\0\r]*") {
        prop_assert_eq!(unescape(&sanitise(&text)), text);
    }

    #[test]
    fn any_text_survives_once_it_is_escaped(text in "[^\0\r]*") {
        let html = format!("<b>{}</b>", text.replace('&', "&amp;").replace('<', "&lt;"));
        let clean = sanitise(&html);
        prop_assert_eq!(unescape(&clean), format!("<b>{text}</b>"));
    }

    #[test]
    fn clean_markup_is_unchanged(html in markup()) {
        let clean = sanitise(&html);
        prop_assert_eq!(sanitise(&clean), clean);
    }
}

#[test]
fn plain_text_has_no_markup_and_keeps_its_lines() {
    for (html, text) in [
        (
            "<p>One <b>two</b></p><p>three<br>four</p>",
            "One two\nthree\nfour",
        ),
        (
            "a &lt;b&gt; &amp;amp; &quot;c&quot;&nbsp;d",
            "a <b> &amp; \"c\" d",
        ),
        ("x<script>alert(1)</script>\r\n\r\n y ", "x\ny"),
        ("", ""),
    ] {
        assert_eq!(plain(html), text, "{html}");
    }
}
