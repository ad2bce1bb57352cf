import MCP
import Testing

@Suite struct ArgumentTests {
    private let validator = SchemaValidator(root: .object(EveryArgument.arguments.schema))

    @Test(
        arguments: [
            ([:], "`query` is missing"), (["query": 1], "`query` must be a string, not integer"),
            (["query": .null], "`query` must be a string, not null"), (["query": ""], "`query` must have from 1 to 20 characters, not 0"),
            (["query": "aaaaaaaaaaaaaaaaaaaaa"], "`query` must have from 1 to 20 characters, not 21"),
            (["query": "a\0b"], "`query` must not contain U+0000"), (["query": "a", "limit": 0], "`limit` must be from 1 to 50, not 0"),
            (["query": "a", "limit": 51], "`limit` must be from 1 to 50, not 51"),
            (["query": "a", "limit": "5"], "`limit` must be an integer from 1 to 50, not string"),
            (["query": "a", "limit": 2.5], "`limit` must be an integer from 1 to 50, not number"),
            (["query": "a", "limit": 1e300], "`limit` must be from 1 to 50"),
            (["query": "a", "weight": 1.01], "`weight` must be from 0.0 to 1.0, not 1.01"),
            (["query": "a", "weight": "x"], "`weight` must be a number, not string"),
            (["query": "a", "exact": 1], "`exact` must be true or false, not integer"),
            (["query": "a", "color": "blue"], "`color` must be one of `red`, `green`"),
            (["query": "a", "color": 1], "`color` must be a string"),
            (["query": "a", "tags": []], "`tags` must have from 1 to 3 elements, not 0"),
            (["query": "a", "tags": "x"], "`tags` must be an array, not string"),
            (["query": "a", "tags": ["ok", "x"]], "`tags[1]` must have from 2 to 4 characters, not 1"),
            (["query": "a", "span": 1], "`span` must be an object, not integer"),
            (["query": "a", "span": ["from": 1]], "`span.to` is missing"),
            (["query": "a", "span": ["from": 1, "to": 11]], "`span.to` must be from 0 to 10, not 11"),
            (["query": "a", "span": ["from": 3, "to": 1]], "`span.from` must not be after `to`. Swap them."),
            (["query": "a", "lmit": 5], "`lmit` is unknown. Allowed are `query`, `limit`"),
        ] as [(JSONObject, String)])
    func `a wrong argument is named with its limit`(arguments: JSONObject, message: String) async throws {
        let error = #expect(throws: ArgumentIssues.self) { try EveryArgument.arguments.decode(arguments) }
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        let answer = try await Fixture.endpoint().send(.modern("tools/call", ["name": "search", "arguments": .object(arguments)]))
        #expect(answer.status == 200)
        #expect(answer.isToolError)
        #expect(answer.text.contains(message))
    }

    @Test func `all wrong arguments are named at once`() {
        let error = #expect(throws: ArgumentIssues.self) { try EveryArgument.arguments.decode(["limit": 0, "exact": "yes"]) }
        #expect(error?.issues.map(\.field) == ["query", "limit", "exact"])
    }

    @Test func `what is left out takes its default`() throws {
        let input = try EveryArgument.arguments.decode(["query": "äöü"])
        #expect(input.query == "äöü")
        #expect(input.limit == 10)
        #expect(input.weight == nil)
        #expect(!input.exact)
    }

    @Test func `null counts as left out for what may be left out`() throws {
        let input = try EveryArgument.arguments.decode(["query": "a", "limit": .null, "weight": .null, "tags": .null, "span": .null])
        #expect(input.limit == 10)
        #expect(input.tags == nil)
    }

    @Test func `what is given is decoded`() throws {
        let input = try EveryArgument.arguments.decode([
            "query": "a", "limit": 3.0, "weight": 1, "exact": true, "color": "green", "tags": ["ab", "cd"], "span": ["from": 1, "to": 2],
        ])
        #expect(input.limit == 3)
        #expect(input.weight == 1)
        #expect(input.exact)
        #expect(input.color == .green)
        #expect(input.tags == ["ab", "cd"])
        #expect(input.span?.to == 2)
    }

    @Test func `length counts Unicode scalars, as the schema does`() throws {
        let flags = String(repeating: "🇪🇺", count: 10)
        #expect(flags.count == 10)
        #expect(try EveryArgument.arguments.decode(["query": .string(flags)]).query == flags)
        #expect(throws: ArgumentIssues.self) { try EveryArgument.arguments.decode(["query": .string(flags + "a")]) }
    }

    @Test func `the example fits the schema and decodes`() throws {
        let example = EveryArgument.arguments.example
        #expect(validator.problem(with: .object(example)) == nil)
        #expect(try EveryArgument.arguments.decode(example).query == "install")
    }

    @Test func `a tool without arguments allows none`() {
        #expect(NoInput.arguments.schema == ["type": "object", "properties": [:], "additionalProperties": false])
        let error = #expect(throws: ArgumentIssues.self) { try NoInput.arguments.decode(["a": 1]) }
        #expect(error?.description.contains("takes no arguments") == true)
    }

    // Values at and around every bound, mixed at random with a seed: the decoder accepts exactly what the schema accepts.
    @Test(arguments: 0..<8)
    func `schema and decoder agree`(seed: UInt64) {
        var generator = SplitMix(state: seed)
        let pool: [String: [JSONValue]] = [
            "query": ["", "a", .string(String(repeating: "é", count: 20)), .string(String(repeating: "a", count: 21)), 1, true, [], [:]],
            "limit": [0, 1, 50, 51, -1, 1.0, 1.5, "1", true, .number(1e300), .integer(.max)],
            "weight": [0, 1, -0.001, 1.001, 0.5, 2, "x", .number(-0.0)], "exact": [true, false, 0, "true"],
            "color": ["red", "green", "RED", "", 0, []],
            "tags": [[], ["ab"], ["abcd", "ab", "ab"], ["ab", "ab", "ab", "ab"], ["a"], ["abcde"], [1], "ab", ["ab", true]],
            "span": [["from": 0, "to": 10], ["from": 0], ["from": -1, "to": 1], ["from": 0, "to": 1, "x": 1], [], 1, [:]],
            "extra": [1],
        ]
        var accepted = 0
        for _ in 0..<600 {
            var arguments = JSONObject()
            for (name, values) in pool.sorted(by: { $0.key < $1.key }) {
                // Mostly the values that come first after a shuffle by chance; "extra" rarely, or nothing would ever be accepted.
                let chance = name == "extra" ? 0.05 : name == "query" ? 0.95 : 0.25
                guard Double.random(in: 0..<1, using: &generator) < chance else { continue }
                arguments[name] = values.randomElement(using: &generator)
            }
            let problem = validator.problem(with: .object(arguments))
            let decoded = try? EveryArgument.arguments.decode(arguments)
            #expect((decoded != nil) == (problem == nil), "\(JSONValue.object(arguments)): \(problem ?? "fits")")
            if decoded != nil { accepted += 1 }
        }
        #expect(accepted > 20)
    }
}
