/// Labels of internationalized host names as ASCII and back (RFC 3492).
package enum Punycode {
    private static let base = 36
    private static let minimumThreshold = 1
    private static let maximumThreshold = 26

    /// The part behind `xn--` for `label`; `nil` when it does not fit into the arithmetic.
    package static func encode(_ label: String) -> String? {
        let scalars = label.unicodeScalars.map { Int($0.value) }
        var output = scalars.filter { $0 < 0x80 }.map { UInt8($0) }
        let basicCount = output.count
        var handled = basicCount
        if basicCount > 0 { output.append(0x2D) }
        var code = 0x80
        var delta = 0
        var bias = 72
        while handled < scalars.count {
            guard let next = scalars.filter({ $0 >= code }).min() else { return nil }
            let (step, overflow) = (next - code).multipliedReportingOverflow(by: handled + 1)
            guard !overflow, delta + step < 1 << 30 else { return nil }
            delta += step
            code = next
            for scalar in scalars {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                var rest = delta
                var weight = base
                while true {
                    let threshold = Self.threshold(weight, bias)
                    if rest < threshold { break }
                    output.append(digit(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    weight += base
                }
                output.append(digit(rest))
                bias = adapt(delta, handled + 1, isFirst: handled == basicCount)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The label of which `text` is the part behind `xn--`; `nil` when it is malformed.
    package static func decode(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        var output: [UInt32] = []
        var position = 0
        if let hyphen = bytes.lastIndex(of: 0x2D) {
            output = bytes[..<hyphen].map(UInt32.init)
            position = hyphen + 1
        }
        guard output.allSatisfy({ $0 < 0x80 }) else { return nil }
        var code = 0x80
        var index = 0
        var bias = 72
        while position < bytes.count {
            let start = index
            var weight = 1
            var step = base
            while true {
                guard position < bytes.count, let digit = value(bytes[position]) else { return nil }
                position += 1
                index += digit * weight
                guard index < 1 << 30 else { return nil }
                let threshold = Self.threshold(step, bias)
                if digit < threshold { break }
                weight *= base - threshold
                guard weight < 1 << 30 else { return nil }
                step += base
            }
            let count = output.count + 1
            bias = adapt(index - start, count, isFirst: start == 0)
            code += index / count
            index %= count
            guard code <= 0x10FFFF else { return nil }
            output.insert(UInt32(code), at: index)
            index += 1
        }
        var label = String.UnicodeScalarView()
        for value in output {
            guard let scalar = Unicode.Scalar(value) else { return nil }
            label.append(scalar)
        }
        return String(label)
    }

    private static func threshold(_ weight: Int, _ bias: Int) -> Int {
        min(max(weight - bias, minimumThreshold), maximumThreshold)
    }

    private static func adapt(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var weight = 0
        while delta > (base - minimumThreshold) * maximumThreshold / 2 {
            delta /= base - minimumThreshold
            weight += base
        }
        return weight + (base - minimumThreshold + 1) * delta / (delta + 38)
    }

    private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30) }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x61...0x7A: Int(byte) - 0x61
        case 0x41...0x5A: Int(byte) - 0x41
        case 0x30...0x39: Int(byte) - 0x30 + 26
        default: nil
        }
    }
}
