"""tasks.py - the peer's worker: reads the sessions back, a simple analysis (time bins, Jaccard of payloads, DBSCAN), writes the
result. Far less than what the engine does at its least depth.

Run: celery -A tasks worker --concurrency 2 --prefetch-multiplier 1"""
import json
import os
from datetime import datetime

import numpy
import psycopg
from celery import Celery
from sklearn.cluster import DBSCAN

celery = Celery("tasks", broker=os.environ["REDIS_URL"])
celery.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True,
                   worker_prefetch_multiplier=1)
database = None


def connection():
    global database
    if database is None or database.closed:
        database = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return database


def seconds(session):
    return datetime.fromisoformat(session["timestamp"].replace("Z", "+00:00")).timestamp()


def evidence_of(sessions):
    times = numpy.array([seconds(s) for s in sessions])
    payloads = [set(str(s.get("payload", "")).split()) for s in sessions]
    bins, counts = numpy.unique(times // 300, return_counts=True)
    temporal = float(counts.max() / len(sessions)) if len(bins) else 0.0
    sample = payloads[:50]
    pairs = [(len(a & b) / len(a | b)) if a | b else 0.0 for i, a in enumerate(sample) for b in sample[i + 1:]]
    features = numpy.column_stack([times / 3600, [len(p) for p in payloads], [int(s.get("target_port", 0)) for s in sessions]])
    labels = DBSCAN(eps=0.5, min_samples=3).fit_predict(features)
    return {"temporal_correlation": temporal, "behavioral_similarity": float(numpy.mean(pairs)) if pairs else 0.0,
            "infrastructure_clustering": float((labels >= 0).mean())}


@celery.task(name="tasks.analyse")
def analyse(name):
    with connection().cursor() as cursor:
        cursor.execute("SELECT sessions FROM analyses WHERE id = %s", (name,))
        evidence = evidence_of(cursor.fetchone()[0])
        cursor.execute("UPDATE analyses SET status = 'completed', confidence = %s, evidence = %s WHERE id = %s",
                       (sum(evidence.values()) / len(evidence), json.dumps(evidence), name))
