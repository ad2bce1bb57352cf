import Testing

@testable import Storage

@Suite struct `The selection of terms` {
    @Test func `Rare terms fetch, until they carry the larger part of the weight`() {
        let selection = TermSelection(frequencies: [(3, 400), (1, 2), (2, 3)], of: 1_000)
        #expect(selection.weights.map(\.term) == [1, 2, 3])
        #expect(selection.required == [1, 2])
        // ln(1 + (1000 − 2 + 0.5) / 2.5)
        #expect(abs(selection.weights[0].weight - 5.9925) < 0.0001)
        #expect(selection.weights.allSatisfy { $0.weight > 0 })
    }

    @Test func `Common terms do not fetch a large store`() {
        let many = TermSelection.occurrences
        let frequencies = (1...6).map { (term: Int32($0), chunks: many / 3) }
        #expect(TermSelection(frequencies: frequencies, of: 1_000_000).required == [1, 2, 3])
        // One has to, whatever it costs.
        #expect(TermSelection(frequencies: [(1, many * 2), (2, many * 3)], of: 1_000_000).required == [1])
    }

    @Test func `Equal frequencies fall to the smaller term, and terms that occur nowhere are left out`() {
        let selection = TermSelection(frequencies: [(9, 5), (4, 5), (7, 0), (5, 5)], of: 10)
        #expect(selection.required == [4, 5] && selection.weights.map(\.term) == [4, 5, 9])
        #expect(TermSelection(frequencies: [], of: 0).required == [])
        #expect(TermSelection(frequencies: [(1, 0)], of: 10).required == [])
        #expect(TermSelection(frequencies: [(1, 10)], of: 10).required == [1])
    }
}
