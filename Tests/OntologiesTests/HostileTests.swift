import Ontologies
import Testing

/// Broken and hostile files: each is refused with a reason, or read with its problems named.
struct HostileTests {
    /// What is expected of each file of the test data: a code of refusal, or the number of terms and the codes of the problems.
    enum Expectation: Sendable {
        case refused(OntologyError.Code)
        case read(Int, Set<String> = [])
    }

    static let files: [(name: String, expectation: Expectation)] = [
        ("bad-quoting.obo", .read(3, ["E_OBO_QUOTE", "E_OBO_SCOPE"])), ("cycle-is_a.obo", .read(4, ["E_TERM_CYCLE"])),
        ("dangling-duplicate-missing.obo", .read(4, ["E_TERM_PARENT", "E_TERM_TWICE", "E_TERM_ID", "E_OBO_STANZA"])),
        ("declared-latin1-body-utf8.owl", .read(1, ["E_ENCODING_DECLARED"])), ("deep-brackets.ttl", .refused(.depth)),
        ("deep-class-expression.owl", .refused(.depth)), ("empty.obo", .refused(.empty)), ("git-lfs-pointer.owl", .refused(.format)),
        ("gzip-named.obo", .refused(.format)), ("header-only.obo", .refused(.empty)), ("html-404-as.owl", .refused(.format)),
        ("import-loopback.owl", .read(1)), ("latin1.obo", .read(1, ["E_ENCODING"])), ("long-line.obo", .read(1, ["E_TERM_LABEL"])),
        ("nul-bytes.obo", .read(1, ["E_NUL"])), ("script-in-label.obo", .read(1)), ("syntax-error.ttl", .refused(.syntax)),
        ("truncated-mid-quote.obo", .refused(.truncated)), ("truncated-mid-tag.owl", .refused(.truncated)),
        ("utf16le-bom.obo", .read(1, ["E_ENCODING_UTF16"])), ("utf8-bom-crlf.obo", .read(1)),
        ("xml-bomb-billion-laughs.owl", .refused(.entities)), ("xml-bomb-quadratic.owl", .refused(.entities)),
        ("xxe-file.owl", .refused(.entities)), ("xxe-loopback.owl", .refused(.entities)),
    ]

    /// The cases whose file is there; the fixtures below make the same points without the test data.
    static let present = files.indices.filter { OntologyData.bytes("negative/\(files[$0].name)") != nil }

    @Test(arguments: present)
    func `A file of the negative corpus is refused with its code or read with its problems`(index: Int) async throws {
        let (name, expectation) = Self.files[index]
        let bytes = try #require(OntologyData.bytes("negative/\(name)"))
        switch expectation {
        case .refused(let code):
            let error = await #expect(throws: OntologyError.self, "\(name)") { try await OntologyData.parse(bytes, name) }
            #expect(error?.code == code, "\(name): \(String(describing: error))")
        case .read(let terms, let problems):
            let ontology = try await OntologyData.parse(bytes, name)
            #expect(ontology.terms.count == terms, "\(name)")
            #expect(Set(ontology.problems.map(\.code)) == problems, "\(name)")
        }
    }

    private static let rdf =
        #"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" "#
        + #"xmlns:owl="http://www.w3.org/2002/07/owl#">"#

    private static func document(_ type: String, _ label: String) -> String {
        "<?xml version=\"1.0\"?>\n\(type)\(rdf)<owl:Class rdf:about=\"http://example.org/A_1\"><rdfs:label>\(label)</rdfs:label></owl:Class></rdf:RDF>"
    }

    static let refused: [(name: String, text: String, code: OntologyError.Code)] = [
        ("a.owl", document("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>", "&b;"), .entities),
        ("a.owl", document("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&#38;a;\">]>", "&b;"), .entities),
        (
            "a.owl",
            document(
                "<!DOCTYPE x [<!ENTITY a \"\(String(repeating: "A", count: 50_000))\">]>", String(repeating: "&a;", count: 20_000)),
            .entities
        ),
        ("a.owl", document("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/hostname\">]>", "&a;"), .entities),
        ("a.owl", document("<!DOCTYPE x [<!ENTITY % a SYSTEM \"http://127.0.0.1:9/x\"> %a;]>", "x"), .entities),
        ("a.owl", document("<!DOCTYPE x SYSTEM \"http://127.0.0.1:9/x\">", "x"), .entities),
        ("a.owl", document("<!DOCTYPE x [<!ATTLIST rdfs:label xml:lang CDATA \"x\">]>", "x"), .entities),
        ("a.owl", String(document("", "label").dropLast(40)), .truncated),
        ("a.owl", document("", String(repeating: "<b>", count: 1000) + String(repeating: "</b>", count: 1000)), .depth),
        ("a.ttl", "@prefix : <http://example.org/> .\n:a :b " + String(repeating: "[ :b ", count: 1000), .depth),
        ("a.owl", document("", "<b \((0..<200_000).map { "a\($0)=\"\"" }.joined(separator: " "))/>"), .tooLarge),
        (
            "a.owl",
            document(
                "",
                (0..<50).map { depth in "<b \((0..<100).map { "xmlns:a\(depth)_\($0)=\"x\"" }.joined(separator: " "))>" }.joined()
                    + String(repeating: "</b>", count: 50)), .tooLarge
        ),
        ("a.ttl", "@prefix : <http://example.org/> .\n:a a b:c .", .syntax), ("a.obo", "", .empty), ("a.obo", " \n\n", .empty),
        ("a.obo", "format-version: 1.2\n", .empty), ("a.obo", "format-version: 1.2\n\n[Term]\nid: A:1\ndef: \"breaks of", .truncated),
        ("a.obo", "format-version: 1.2\n\n[Term]\nid: A:1\nna", .truncated), ("a.owl", "<!DOCTYPE html><html></html>", .format),
        ("a.owl", "version https://git-lfs.github.com/spec/v1\n", .format), ("a.ofn", "Prefix(:=<x>)\nOntology()", .format),
        ("a.txt", "Dear reader, this is a letter.", .format), ("a.json", "{\"graphs\": 3}", .syntax),
        ("a.json", "{\"graphs\": [{\"nodes\": []}]}", .empty),
    ]

    @Test(arguments: refused.indices)
    func `A hostile or broken text is refused with its code`(index: Int) async throws {
        let (name, text, code) = Self.refused[index]
        let error = await #expect(throws: OntologyError.self, "\(text.prefix(200))") { try await OntologyData.parse(text, name) }
        #expect(error?.code == code, "\(text.prefix(200)): \(String(describing: error))")
    }

    @Test
    func `Compressed bytes are refused`() async {
        let error = await #expect(throws: OntologyError.self) { try await OntologyData.parse([0x1F, 0x8B, 8, 0], "a.obo") }
        #expect(error?.code == .format)
    }

    @Test
    func `More bytes, statements or terms than the limits are refused`() async {
        let turtle = "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n" + (0..<10).map { "<http://x.org/\($0)> a owl:Class .\n" }.joined()
        for change: (inout OntologyLimits) -> Void in [{ $0.bytes = 100 }, { $0.statements = 5 }, { $0.terms = 5 }] {
            var limits = OntologyLimits()
            change(&limits)
            let error = await #expect(throws: OntologyError.self) { try await OntologyData.parse(turtle, "a.ttl", limits: limits) }
            #expect(error?.code == .tooLarge)
            #expect(error?.limit != nil)
        }
    }

    @Test(arguments: ["a.obo", "a.json"])
    func `Terms beyond the limit are refused when they come, not when all are read`(name: String) async throws {
        var limits = OntologyLimits()
        limits.terms = 5
        let stanzas = "format-version: 1.2\n" + (0..<10).map { "\n[Term]\nid: A:\($0)\n" }.joined()
        let nodes = (0..<10).map { "{\"id\": \"A:\($0)\", \"type\": \"CLASS\"}" }.joined(separator: ",")
        let text = name == "a.obo" ? stanzas : "{\"graphs\": [{\"nodes\": [\(nodes)]}]}"
        let error = await #expect(throws: OntologyError.self) { try await OntologyData.parse(text, name, limits: limits) }
        #expect(error?.code == .tooLarge)
    }

    /// A class below an unnamed one that is a list, of itself or of lists of lists of lists.
    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func `Expressions of unnamed classes stay short`(isRing: Bool) async throws {
        var text = """
            @prefix owl: <http://www.w3.org/2002/07/owl#> .
            @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
            @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
            @prefix : <http://example.org/> .

            """
        for number in 0..<1000 { text += ":c\(number) a owl:Class ; rdfs:subClassOf _:e0 .\n" }
        for depth in 0..<(isRing ? 1 : 4) {
            let inner = isRing ? "_:e0" : depth == 3 ? ":c1" : "_:e\(depth + 1)"
            text += "_:e\(depth) owl:unionOf _:l\(depth) .\n_:l\(depth) rdf:first \(inner) ; rdf:rest _:l\(depth) .\n"
        }
        let ontology = try await OntologyData.parse(text, "a.ttl")
        #expect(ontology.terms.count == 1000)
        #expect(ontology.terms.flatMap(\.relations).allSatisfy { $0.target.utf8.count < 10_000 })
    }

    @Test
    func `Entities that shorten namespaces are read`() async throws {
        let text = Self.document("<!DOCTYPE rdf:RDF [ <!ENTITY obo 'http://purl.obolibrary.org/obo/' ><!-- fine --> ]>", "&obo; &amp;")
        let ontology = try await OntologyData.parse(text, "a.owl")
        #expect(ontology.terms.map(\.label) == ["http://purl.obolibrary.org/obo/ &"])
    }

    @Test
    func `Encodings other than UTF-8 are read and named`() async throws {
        let stanza = "format-version: 1.2\n\n[Term]\nid: A:1\nname: "
        let latin = try await OntologyData.parse(Array(stanza.utf8) + [0x63, 0xE9, 0x80], "a.obo")
        #expect(latin.terms.first?.label == "cé€")
        #expect(latin.problems.map(\.code) == ["E_ENCODING"])
        let wide = try await OntologyData.parse(
            [0xFE, 0xFF] + (stanza + "é").utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }, "a.obo")
        #expect(wide.terms.first?.label == "é")
    }

    @Test
    func `Files of RDF that are read at the same time do not disturb each other`() async throws {
        try await withThrowingTaskGroup(of: [String].self) { group in
            for number in 0..<16 {
                group.addTask {
                    let isGood = number % 2 == 0
                    let text = Self.document("", isGood ? "label \(number)" : "<broken")
                    do { return try await OntologyData.parse(text, "a.owl").terms.map(\.label) } catch { return ["refused"] }
                }
            }
            var results: [String: Int] = [:]
            for try await labels in group { results[labels.joined(), default: 0] += 1 }
            #expect(results["refused"] == 8)
            #expect(results.count == 9)
        }
    }
}
