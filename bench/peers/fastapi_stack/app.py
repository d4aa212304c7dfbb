"""app.py - the stack that users would otherwise run, for comparison only: FastAPI, a pool of PostgreSQL connections, Celery
on Redis. The same contract as ours where it is measured (POST /analyze/coordination, GET /analyze/{id}), written as a careful
user would: uvloop and httptools, an asynchronous pool, one insert a request, the task sent before the answer.

DATABASE_URL, REDIS_URL. Run: uvicorn --workers 2 --loop uvloop --http httptools app:app"""
import asyncio
import hashlib
import hmac
import os
import uuid
from typing import Any, Dict, List, Optional

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from tasks import celery

KEY = hashlib.sha256(os.environ["PEER_KEY"].encode()).digest()
app = FastAPI()
pool = AsyncConnectionPool(os.environ["DATABASE_URL"], min_size=8, max_size=16, open=False)


class CoordinationRequest(BaseModel):
    attack_sessions: List[Dict[str, Any]]
    analysis_depth: str = "standard"
    callback_url: Optional[str] = None


@app.on_event("startup")
async def start():
    await pool.open()


@app.on_event("shutdown")
async def stop():
    await pool.close()


async def authorised(request: Request):
    given = request.headers.get("authorization", "")
    if not given.lower().startswith("bearer "):
        raise HTTPException(401, "Missing API key", {"WWW-Authenticate": "Bearer"})
    if not hmac.compare_digest(hashlib.sha256(given[7:].encode()).digest(), KEY):
        raise HTTPException(401, "Invalid API key", {"WWW-Authenticate": "Bearer"})


@app.post("/analyze/coordination", dependencies=[Depends(authorised)])
async def submit(body: CoordinationRequest):
    if len(body.attack_sessions) < 2:
        raise HTTPException(422, "At least 2 attack sessions required for coordination analysis")
    name = str(uuid.uuid4())
    async with pool.connection() as connection:
        await connection.execute(
            "INSERT INTO analyses (id, status, depth, sessions) VALUES (%s, 'queued', %s, %s)",
            (name, body.analysis_depth, Jsonb(body.attack_sessions)))
    await asyncio.get_running_loop().run_in_executor(None, lambda: celery.send_task("tasks.analyse", (name,)))
    return JSONResponse({"analysis_id": name, "status": "queued", "coordination_confidence": None, "evidence": None,
                         "enrichment_applied": False})


@app.get("/analyze/{name}", dependencies=[Depends(authorised)])
async def result(name: uuid.UUID):
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT id::text, status, confidence, evidence, false FROM analyses WHERE id = %s", (name,))
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "Analysis not found")
    return JSONResponse(dict(zip(("analysis_id", "status", "coordination_confidence", "evidence", "enrichment_applied"), row)))


@app.get("/health")
async def health():
    return Response(b'{"status":"healthy"}', media_type="application/json")
