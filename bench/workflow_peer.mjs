// workflow_peer.mjs - the graph of bench/workflow.c on LangGraph's own runtime, with its own checkpointers: none, in memory, SQLite.
// node workflow_peer.mjs FOLDER, where @langchain/langgraph is installed
import { Annotation, END, MemorySaver, START, StateGraph } from "@langchain/langgraph";
import { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";

const State = Annotation.Root({ sessions: Annotation(), n: Annotation() });
const names = ["a", "b", "c", "d", "e"];

function build(checkpointer) {
  const graph = new StateGraph(State);
  names.forEach((name) => graph.addNode(name, (state) => ({ n: state.n + 1 })));
  [START, ...names].forEach((name, i) => graph.addEdge(name, names[i] ?? END));
  return graph.compile({ checkpointer });
}

async function median(checkpointer, sessions, runs) {
  const app = build(checkpointer), times = [];
  for (let i = 0; i < runs; i++) {
    const from = performance.now();
    const { n } = await app.invoke({ sessions, n: 0 }, { configurable: { thread_id: `${sessions.length}-${i}` } });
    if (n !== names.length) throw new Error("the run failed");
    times.push((performance.now() - from) * 1000 / names.length);
  }
  return times.sort((x, y) => x - y)[runs >> 1].toFixed(1);
}

for (const [count, runs] of [[100, 200], [10000, 40], [1000000, 3]]) {
  const sessions = "x".repeat(count * 100);
  const sqlite = SqliteSaver.fromConnString(`${process.argv[2]}/peer-${count}.db`);
  const figures = [await median(undefined, sessions, runs), await median(new MemorySaver(), sessions, runs),
    await median(sqlite, sessions, runs)];
  console.log(`${String(count).padStart(8)} sessions: none ${figures[0]} us, memory ${figures[1]} us, SQLite ${figures[2]} us a step (${runs} runs)`);
}
