import MCP
import Primitives
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        ("null", JSONValue.null), (" \t\r\n true ", true), ("false", false), ("0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .number(9223372036854775808)), ("1.5", 1.5),
        ("-0", .number(-0.0)),
        ("1e2", .number(100)), ("1E+2", .number(100)), ("12.5e-1", 1.25), ("\"\"", ""), (#""a\"\\\/\b\f\n\r\t""#, "a\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\uD83D\uDE00""#, "é😀"), ("\"é😀\u{7F}\"", "é😀\u{7F}"), (#""\u0000""#, "\0"), ("[]", .array([])),
        ("[1, [2],{}]", .array([1, .array([2]), .object([:])])),
        (#"{"a":1,"":{"b":null}}"#, .object(["a": 1, "": .object(["b": .null])])), ("1e-400", .number(0)),
    ])
    func `valid texts become their values`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
        #expect(try JSONValue(parsing: value.serialized) == value)
    }

    @Test(arguments: [
        "", " ", "nul", "nulll", "True", "NaN", "Infinity", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x10", "1_000", "'a'", "\"",
        "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\u{1}\"", "\"a\nb\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "]",
        "{",
        "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "{1:2}", "1 2", "{} x", "// c\n1", "1 /* */",
        "\u{FEFF}1", "[1}", "\u{A0}1",
    ])
    func `texts that are no JSON are refused`(text: String) {
        #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.code == .syntax }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
            [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0x5C, 0x6E, 0x80, 0x22], Array(#""\uD800""#.utf8), Array(#""\uDC00\uD800""#.utf8), Array(#""\uD800\u0041""#.utf8),
            Array(#""\uD800x""#.utf8), Array(#"{"\uDFFF":1}"#.utf8),
        ] as [[UInt8]])
    func `invalid UTF-8 and lone surrogates are refused`(bytes: [UInt8]) {
        #expect { try JSONValue(parsing: bytes) } throws: { ($0 as? JSONError)?.code == .unicode }
    }

    @Test(arguments: ["1e400", "-1e999", String(repeating: "9", count: 400)])
    func `numbers beyond a double are refused`(text: String) {
        #expect { try JSONValue(parsing: text) } throws: { ($0 as? JSONError)?.code == .number }
    }

    @Test(arguments: [2, 17, 40])
    func `a key that comes twice is refused, in small and in large objects`(count: Int) {
        let keys = (0..<count).map { "\"k\($0)\":0" } + ["\"k\(count - 1)\":1"]
        #expect { try JSONValue(parsing: "{\(keys.joined(separator: ","))}") } throws: { ($0 as? JSONError)?.code == .duplicateKey }
    }

    @Test func `nesting is bounded`() throws {
        let limits = JSONLimits(depth: 64)
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(64), limits: limits) }
        #expect { try JSONValue(parsing: nested(65), limits: limits) } throws: { ($0 as? JSONError)?.code == .tooDeep }
        #expect { try JSONValue(parsing: String(repeating: "{\"a\":", count: 100_000)) } throws: { ($0 as? JSONError)?.code == .tooDeep }
        // Depth is what is open at a time, not what was opened in all.
        let wide = "[" + Array(repeating: "[[]]", count: 200).joined(separator: ",") + "]"
        #expect(try JSONValue(parsing: wide, limits: JSONLimits(depth: 3)).arrayValue?.count == 200)
    }

    @Test func `size is bounded`() {
        let limits = JSONLimits(size: ByteCount(bytes: 4))
        #expect(throws: Never.self) { try JSONValue(parsing: "1234", limits: limits) }
        #expect { try JSONValue(parsing: "12345", limits: limits) } throws: { ($0 as? JSONError)?.code == .tooLarge }
    }

    @Test func `errors name the place and never repeat the text`() throws {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"secret": hunter2}"#) }
        #expect(error?.offset == 11)
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.isRetryable == false)
    }

    @Test func `members keep their order and equality ignores it`() throws {
        let text = #"{"b":1,"a":2,"c":[1.5,"x\u0001"]}"#
        let value = try JSONValue(parsing: text)
        #expect(value.serializedText == text)
        #expect(value == ["a": 2, "c": [1.5, "x\u{1}"], "b": 1])
        #expect(Set([value]).contains(["a": 2, "c": [1.5, "x\u{1}"], "b": 1]))
        #expect(value != ["a": 2, "b": 1])
    }

    @Test func `the text is one line for whatever text there is`() throws {
        let all = String(String.UnicodeScalarView((0...0x2100).compactMap { Unicode.Scalar($0 as Int) }))
        let bytes = JSONValue.string(all).serialized
        #expect(!bytes.contains { $0 < 0x20 })
        #expect(try JSONValue(parsing: bytes).stringValue == all)
    }

    @Test func `numbers that JSON cannot write become null`() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity), .number(1e300)]).serializedText == "[null,null,1e+300]")
    }

    @Test func `access by type, key and index is nil where nothing fits`() {
        let value: JSONValue = ["a": [1, 2.0, 2.5, true, "s"]]
        #expect(value["a"]?[0]?.integerValue == 1)
        #expect(value["a"]?[1]?.integerValue == 2)
        #expect(value["a"]?[2]?.integerValue == nil)
        #expect(value["a"]?[2]?.numberValue == 2.5)
        #expect(value["a"]?[3]?.boolValue == true)
        #expect(value["a"]?[4]?.stringValue == "s")
        #expect(value["a"]?[5] == nil)
        #expect(value["b"] == nil)
        #expect(value[0] == nil)
        #expect(JSONValue.null.isNull)
    }

    @Test func `members can be replaced, removed and appended in place`() {
        var object: JSONObject = ["a": 1, "b": 2, "a": 3]
        #expect(object.keys == ["a", "b"])
        #expect(object["a"] == 3)
        object["a"] = nil
        object["c"] = 4
        object["d"] = nil
        #expect(JSONValue.object(object).serializedText == #"{"b":2,"c":4}"#)
        #expect(!object.isEmpty)
    }

    // Seeded, so that a failure can be repeated.
    @Test(arguments: 0..<8)
    func `mutated texts either fail cleanly or survive a round trip`(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let base = Array(
            #"{"jsonrpc":"2.0","id":-12,"params":{"t":"aé😀\uD83D\uDE00\n","l":[1.5e3,true,null,[],{}],"":0.1}}"#.utf8)
        for _ in 0..<1500 {
            var text = base
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let index = Int.random(in: 0..<text.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: text[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: text.remove(at: index)
                case 2: text.insert(Array("{}[]\",:\\u0eE-+.".utf8).randomElement(using: &generator)!, at: index)
                default: text.swapAt(index, Int.random(in: 0..<text.count, using: &generator))
                }
                if text.isEmpty { text = base }
            }
            guard let value = try? JSONValue(parsing: text) else { continue }
            #expect(try JSONValue(parsing: value.serialized) == value)
        }
    }
}

/// A small generator with a seed (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
