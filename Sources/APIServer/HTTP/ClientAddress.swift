package import Domain
import HTTPTypes
import NIOCore

/// Who is at the other end: the peer of the connection, or, where that is a proxy of ours, whom the proxy names.
package struct ClientAddress: Sendable {
    /// Networks of proxies whose word counts.
    let proxies: [IPNetwork]

    /// Entries of a list that are looked at: longer ones are made up.
    private static let entryLimit = 20

    /// - Parameter proxies: networks of proxies whose word counts; empty: no header is read.
    package init(trusting proxies: [IPNetwork] = []) { self.proxies = proxies }

    /// The address of the client; nil when the connection has none, such as one to a Unix socket.
    ///
    /// Read from the right: each proxy appends whom it saw, and what is to the left of the first address that is not a proxy's is the client's own
    /// claim.
    func address(peer: SocketAddress?, headers: HTTPFields) -> IPAddress? {
        guard let peer = peer?.ipAddress.flatMap({ IPAddress($0)?.unmapped }) else { return nil }
        guard isProxy(peer) else { return peer }
        let (listed, forwarded) = (headers[values: .forwardedFor], headers[values: .forwarded])
        // A proxy writes one of the two and passes the other on as the client sent it. Nobody knows which, so that neither counts.
        switch (listed.isEmpty, forwarded.isEmpty) {
        case (true, true), (false, false): return peer
        case (false, true): return client(listed.flatMap { $0.split(separator: ",") }.map { Self.address(Self.trimmed($0)) }, behind: peer)
        case (true, false): return client(forwarded.flatMap(Self.elements).map(Self.node), behind: peer)
        }
    }

    /// The last of `hops` that is no proxy. Where a hop cannot be read, the proxy that names it is all that is known.
    private func client(_ hops: [IPAddress?], behind peer: IPAddress) -> IPAddress {
        var last = peer
        for hop in hops.suffix(Self.entryLimit).reversed() {
            guard let hop else { return last }
            last = hop.unmapped
            if !isProxy(last) { return last }
        }
        return last
    }

    private func isProxy(_ address: IPAddress) -> Bool { proxies.contains { $0.contains(address) } }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text)
    }

    /// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
    private static func address(_ text: String) -> IPAddress? {
        if text.hasPrefix("[") { return IPAddress(String(text.dropFirst().prefix { $0 != "]" })) }
        if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 { return IPAddress(String(text.prefix { $0 != ":" })) }
        return IPAddress(text)
    }

    /// The elements of a header `Forwarded` (RFC 7239 section 4); commas inside quotes do not count.
    private static func elements(_ header: String) -> [String] {
        var elements = [""]
        var isQuoted = false
        for character in header {
            if character == "\"" { isQuoted.toggle() }
            if character == ",", !isQuoted { elements.append("") } else { elements[elements.count - 1].append(character) }
        }
        return elements
    }

    /// Whom an element is `for`; nil for `unknown`, hidden names, and what is no element.
    private static func node(_ element: String) -> IPAddress? {
        for pair in element.split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { trimmed($0) }
            guard parts.count == 2, parts[0].lowercased() == "for" else { continue }
            var value = parts[1]
            if value.hasPrefix("\""), value.hasSuffix("\""), value.utf8.count >= 2 { value = String(value.dropFirst().dropLast()) }
            return address(value)
        }
        return nil
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = Self("X-Forwarded-For")!
    fileprivate static let forwarded = Self("Forwarded")!
}
