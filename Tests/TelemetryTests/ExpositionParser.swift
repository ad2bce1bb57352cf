import Testing

/// A strict reader of both text formats, written from their grammars: it fails where a scraper would.
struct ExpositionParser {
    struct Sample: Hashable {
        let name: String
        let labels: [String: String]
        let value: Double
        var exemplar: [String: String]?
        var exemplarValue: Double?
    }

    struct Family {
        let name: String
        var help: String?
        var type: String?
        var unit: String?
        var samples: [Sample] = []
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private(set) var families: [Family] = []
    private(set) var hasEnd = false

    init(_ page: String, isOpenMetrics: Bool) throws {
        guard page.isEmpty || page.hasSuffix("\n") else { throw Failure(description: "no line feed at the end") }
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard !hasEnd else { throw Failure(description: "content after # EOF") }
            if line == "# EOF" && isOpenMetrics {
                hasEnd = true
            } else if line.hasPrefix("# ") {
                try header(line.dropFirst(2), isOpenMetrics: isOpenMetrics)
            } else {
                try sample(line, isOpenMetrics: isOpenMetrics)
            }
        }
    }

    func samples(_ name: String) -> [Sample] { families.flatMap(\.samples).filter { $0.name == name } }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples(name).first { $0.labels == labels }?.value
    }

    private mutating func header(_ text: Substring, isOpenMetrics: Bool) throws {
        let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { throw Failure(description: "header \(text)") }
        if families.last?.name != parts[1] {
            guard !families.contains(where: { $0.name == parts[1] }) else { throw Failure(description: "family \(parts[1]) twice") }
            families.append(Family(name: parts[1]))
        }
        let index = families.count - 1
        guard families[index].samples.isEmpty else { throw Failure(description: "header after samples of \(parts[1])") }
        switch parts[0] {
        case "HELP": families[index].help = parts[2]
        case "TYPE" where ["counter", "gauge", "histogram"].contains(parts[2]): families[index].type = parts[2]
        case "UNIT" where isOpenMetrics && parts[1].hasSuffix("_\(parts[2])"): families[index].unit = parts[2]
        default: throw Failure(description: "header \(text)")
        }
    }

    private mutating func sample(_ line: Substring, isOpenMetrics: Bool) throws {
        var rest = line
        let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
        rest = rest.dropFirst(name.count)
        let labels = rest.first == "{" ? try Self.labels(&rest) : [:]
        let parts = rest.split(separator: " # ", maxSplits: 1)
        guard rest.first == " ", let value = Self.number(parts[0].dropFirst()) else { throw Failure(description: "value in \(line)") }
        var sample = Sample(name: name, labels: labels, value: value)
        if parts.count == 2 {
            guard isOpenMetrics, name.hasSuffix("_bucket") else { throw Failure(description: "exemplar in \(line)") }
            var exemplar = parts[1]
            sample.exemplar = try Self.labels(&exemplar)
            let numbers = exemplar.split(separator: " ").map { Self.number($0) }
            guard numbers.count == 2, let value = numbers[0], numbers[1] != nil else { throw Failure(description: "exemplar in \(line)") }
            sample.exemplarValue = value
        }
        guard let family = families.last, Self.belongs(name, to: family, isOpenMetrics: isOpenMetrics) else {
            throw Failure(description: "\(name) outside its family")
        }
        guard !family.samples.contains(where: { $0.name == name && $0.labels == labels }) else {
            throw Failure(description: "sample twice: \(line)")
        }
        families[families.count - 1].samples.append(sample)
    }

    private static func belongs(_ name: String, to family: Family, isOpenMetrics: Bool) -> Bool {
        switch family.type {
        case "counter": name == (isOpenMetrics ? family.name + "_total" : family.name)
        case "gauge": name == family.name
        case "histogram": ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
        default: false
        }
    }

    private static func labels(_ rest: inout Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        guard rest.removeFirst() == "{" else { throw Failure(description: "labels") }
        while rest.first != "}" {
            let name = String(rest.prefix { $0 != "=" })
            rest = rest.dropFirst(name.count)
            guard rest.hasPrefix("=\""), !name.isEmpty, labels[name] == nil else { throw Failure(description: "label \(name)") }
            rest = rest.dropFirst(2)
            var value = ""
            while let character = rest.popFirst(), character != "\"" {
                guard character == "\\" else {
                    value.append(character)
                    continue
                }
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: throw Failure(description: "escape in label \(name)")
                }
            }
            labels[name] = value
            if rest.first == "," { rest.removeFirst() }
        }
        rest.removeFirst()
        return labels
    }

    private static func number(_ text: Substring) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: Double(text)
        }
    }
}
