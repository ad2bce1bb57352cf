"""Reads an OBO file with pronto and prints how long it took: the peer of `Evaluation ontologies`."""
import os
import sys
import time
import warnings

import pronto

warnings.simplefilter("ignore")
begin = time.monotonic()
ontology = pronto.Ontology(sys.argv[1], import_depth=0)
seconds = time.monotonic() - begin
print(f"{len(list(ontology.terms()))} terms in {seconds:.2f} s, {os.path.getsize(sys.argv[1]) / 1e6 / seconds:.3f} MB/s")
