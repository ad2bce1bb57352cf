import FoundationEssentials
import FuzzTargets
import Testing

/// Every target on its seeds and on mutations of them; `make fuzz` goes deeper.
@Suite struct FuzzTargetTests {
    @Test(arguments: FuzzTarget.all.map(\.name))
    func `survives its seeds and mutations of them`(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let seeds = target.seeds()
        #expect(!seeds.isEmpty)
        var generator = Generator(state: 1)
        for seed in seeds {
            target.run(seed)
            for _ in 0..<(2000 / seeds.count) { target.run(mutated(seed, &generator)) }
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name))
    func `survives what fuzzing has found worth keeping`(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpus/\(name)")
            .path()
        // A target without a folder has its seeds only.
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            target.run([UInt8](try #require(FileManager.default.contents(atPath: "\(folder)/\(file)"))))
        }
    }

    @Test func `names are distinct`() {
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    }

    private func mutated(_ seed: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var bytes = seed
        for _ in 0...Int.random(in: 0...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0...3, using: &generator) {
            case 0: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator) }
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...8, using: &generator)))
            default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 16)], at: place)
            }
        }
        return bytes
    }
}

/// xorshift64*, so that a failing run can be repeated.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}
