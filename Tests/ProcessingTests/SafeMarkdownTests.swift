import Processing
import Testing

@Suite struct `Markdown for a browser` {
    @Test func `Text, tables and code come out as HTML`() {
        let html = SafeMarkdown.html(from: "# T\n\n| a | b |\n|---|---|\n| 1 | `x<y` |\n\n```swift\nlet a = \"<b>\"\n```\n")
        #expect(html.contains("<h1>T</h1>") && html.contains("<table>") && html.contains("<code>x&lt;y</code>"))
        #expect(html.contains("let a = &quot;&lt;b&gt;&quot;"))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "a <img src=x onerror=alert(1)> b", "[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))",
        "![a](javascript:alert(1))", "<a href=\"javascript:alert(1)\">a</a>", "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>", "<svg/onload=alert(1)>", "[a]: javascript:alert(1)\n\n[a]",
        "<iframe src=\"https://evil.example\"></iframe>",
        "[a](vbscript:x)", "[a](file:///etc/passwd)", "<style>*{}</style>", "`</code><script>`",
        "```\n</pre><script>alert(1)</script>\n```",
        "[a](https://e.example/\"onmouseover=alert(1)//)", "| <script>alert(1)</script> |\n|---|\n| <b onclick=x> |",
    ])
    func `Nothing in it runs`(markdown: String) {
        let html = SafeMarkdown.html(from: markdown).lowercased()
        for word in [
            "<script", "<img src=x", "<svg", "<iframe", "<style", "href=\"javascript", "src=\"javascript", "href=\"data:",
            "href=\"vbscript", "href=\"file:", "\"onmouseover", "<b onclick",
        ] {
            #expect(!html.contains(word), "\(html)")
        }
    }
}
