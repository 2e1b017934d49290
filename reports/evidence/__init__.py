"""Files that ministries hand in as evidence: what may come in, under which name, where it lies, and who looked at it.

It knows neither lines nor people; `reports.services.evidence` does.
"""
