import json, sys, urllib.request
try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    sys.exit("apt-get install --no-install-recommends python3-prometheus-client")

answer = urllib.request.urlopen(sys.argv[1], timeout=30)
assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8", answer.headers
text = answer.read().decode()
assert len(text) == int(answer.headers["Content-Length"]), answer.headers
samples = {}
for family in text_string_to_metric_families(text):
    assert family.documentation.endswith("."), family
    for sample in family.samples:
        labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
        samples[sample.name + (labels and "{" + labels + "}")] = sample.value
print(json.dumps(samples))
