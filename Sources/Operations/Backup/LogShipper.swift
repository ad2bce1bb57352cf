import Domain
import FoundationEssentials

/// Moves the log from the folder of a receiver into an archive.
package struct LogShipper: Sendable {
    let archive: LogArchive
    /// Where `pg_receivewal` writes.
    let folder: String

    /// - Parameter folder: absolute path.
    package init(archive: LogArchive, folder: String) { (self.archive, self.folder) = (archive, folder) }

    /// What one round stored.
    package struct Round: Sendable, Equatable {
        /// Names of whole files.
        package var whole: [String] = []
        /// The segment whose beginning was stored.
        package var begun: LogSegment?
        package var bytes: Int64 = 0
    }

    /// Stores what is whole, in the order of the log, and then, when `includesBegun`, the beginning of what is not.
    ///
    /// A file leaves the folder when it is stored. A round that fails goes on with the next one: stored twice is stored once.
    package func round(includesBegun: Bool) async throws -> Round {
        var round = Round()
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        for name in names where LogSegment(name) != nil || name.hasSuffix(".history") {
            round.bytes += try await archive.ship("\(folder)/\(name)", name: name)
            round.whole.append(name)
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        guard includesBegun, let name = names.last(where: { $0.hasSuffix(".partial") }), let segment = LogSegment(name.dropLast(8)) else {
            return round
        }
        // Under another name, which stays when the receiver ends the segment meanwhile.
        let copy = "\(folder)/begun"
        try? FileManager.default.removeItem(atPath: copy)
        do { try FileManager.default.linkItem(atPath: "\(folder)/\(name)", toPath: copy) } catch {
            // It was ended: the next round finds it whole.
            return round
        }
        defer { try? FileManager.default.removeItem(atPath: copy) }
        round.bytes += try await archive.ship(begun: copy, of: segment)
        round.begun = segment
        return round
    }
}
