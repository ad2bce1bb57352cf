import Domain

/// The query of a request, decoded. Parameters that a route does not know are ignored.
struct QueryParameters: Sendable {
    private let values: [String: [String]]

    /// - Parameter query: what follows the question mark.
    /// - Throws: ``EdgeFailure`` with 400 for broken percent-encoding.
    init(_ query: some StringProtocol) throws(EdgeFailure) {
        var values: [String: [String]] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentDecoding.decoded(parts[0], isForm: true),
                let value = PercentDecoding.decoded(parts.count > 1 ? parts[1] : "", isForm: true)
            else {
                throw .syntax("The query is not percent-encoded UTF-8.", field: "query", hint: "Encode it as RFC 3986 says.")
            }
            values[name, default: []].append(value)
        }
        self.values = values
    }

    /// The value of `name`; nil without one. Given twice, it is refused.
    func text(_ name: String) throws(Fault) -> String? {
        guard let found = values[name] else { return nil }
        guard found.count == 1 else {
            throw .invalid(field: name, "The parameter \(name) is given \(found.count) times.", limit: "once")
        }
        return found[0]
    }

    /// As ``text(_:)`` with a bound on the number of characters; white space is the only control character.
    func text(_ name: String, length: ClosedRange<Int>, hint: String? = nil) throws(Fault) -> String? {
        guard let value = try text(name) else { return nil }
        // Counted as JSON Schema counts: what the description allows is taken.
        let count = value.unicodeScalars.count
        guard length.contains(count) else {
            throw .invalid(
                field: name, "The parameter \(name) has \(count) characters.",
                limit: "\(length.lowerBound) to \(length.upperBound) characters", hint: hint)
        }
        guard TextRule.text.holds(value) else {
            throw .invalid(field: name, "The parameter \(name) has control characters.", hint: "Remove them.")
        }
        return value
    }

    /// The whole number `name` within `range`, or `fallback` without one.
    func integer(_ name: String, in range: ClosedRange<Int>, default fallback: Int) throws(Fault) -> Int {
        try integer(name, in: range) ?? fallback
    }

    /// The whole number `name` within `range`; nil without one.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(Fault) -> Int? {
        guard let text = try text(name) else { return nil }
        let limit = "\(range.lowerBound) to \(range.upperBound)"
        guard let value = Int(text) else {
            throw .invalid(
                field: name, "The parameter \(name) is not a whole number.", limit: limit, hint: "Use a number from \(limit).")
        }
        guard range.contains(value) else {
            throw .invalid(
                field: name, "The parameter \(name) is out of range: \(value).", limit: limit, hint: "Use a number from \(limit).")
        }
        return value
    }

    /// One of the cases of `Value`; nil without one.
    func choice<Value: RawRepresentable & CaseIterable>(_ name: String, of type: Value.Type) throws(Fault) -> Value?
    where Value.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let value = Value(rawValue: text) else {
            let choices = type.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalid(field: name, "The parameter \(name) is none of its choices.", limit: choices, hint: "Use one of \(choices).")
        }
        return value
    }
}
