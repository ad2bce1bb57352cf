import Testing

@testable import APIServer

@Suite struct `Links of a section` {
    @Test(
        arguments: [
            (
                "Go [there](https://a.example/x?page=2#y) or [on](https://b.example/).",
                ["https://a.example/x?page=2#y", "https://b.example/"]
            ),
            ("[twice](https://a.example/), [twice](https://a.example/)", ["https://a.example/"]),
            ("[in angles](<https://a.example/b c>) and <https://c.example/>, but no <b>", ["https://a.example/b c", "https://c.example/"]),
            (
                "[with (parens)](https://a.example/f_(x)) [title](https://b.example/ \"Two words\")",
                ["https://a.example/f_(x)", "https://b.example/"]
            ),
            ("![image](https://a.example/i.png) [![badge](https://a.example/b.png)](https://a.example/ci)", ["https://a.example/ci"]),
            ("`[code](https://a.example/)` ``[a`](https://b.example/)`` [`c`](https://c.example/)", ["https://c.example/"]),
            ("a ` alone [x](https://a.example/)", ["https://a.example/"]),
            ("\\[no](https://a.example/) no](https://b.example/) [no] (https://c.example/) []()", []),
            ("[a](https://a.example/x [b](https://b.example/)", ["https://b.example/"]),
            ("| [a](https://a.example/x\\|y) | 2 |", ["https://a.example/x|y"]),
            ("```md\n[no](https://a.example/)\n```\n[yes](https://b.example/)", ["https://b.example/"]),
            ("> ~~~~\n> [no](https://a.example/)\n> ~~~\n> ~~~~\n> [yes](https://b.example/)", ["https://b.example/"]),
            ("[open](https://a.example/", []), ("[", []), ("]", []), ("](", []), ("[a](<", []), ("[a](\\", []), ("\\", []), ("", []),
        ] as [(String, [String])])
    func `They are the targets of its Markdown`(markdown: String, expected: [String]) {
        #expect(SectionLinks.targets(in: markdown) == expected)
    }

    @Test func `There are fifty at most`() {
        let markdown = (0..<200).map { "[\($0)](https://a.example/\($0))" }.joined(separator: "\n")
        #expect(SectionLinks.targets(in: markdown) == (0..<50).map { "https://a.example/\($0)" })
    }

    /// Each of them would take hours where a scan begins anew at every sign.
    @Test(arguments: ["[", "](", "[](", "[](<", "<", "`", "` ``", "\\", "[a](b \"", "[a](b(", "<a:", "~", "> ```"])
    func `A text made to take long does not`(unit: String) {
        #expect(SectionLinks.targets(in: String(repeating: unit, count: 200_000 / unit.utf8.count)).count <= 1)
    }
}
