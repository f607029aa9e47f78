import type { NodesScenario, Scene } from './on-nodes.ts';
import type { StageNode } from './stage.ts';

/** Longer than the ten seconds after which nobody is asked through a dead node, so that this is seen. */
const DEAD_MS = 16_000;
const VICTIM = 0;

function victim({ stage }: Scene): StageNode {
  const node = stage.nodes[VICTIM];
  if (!node) throw new Error('there is no such node');
  return node;
}

export const killedNode: NodesScenario = {
  name: 'node-kill',
  about: 'SIGKILL of one of three nodes; it is started again after 16 s',
  async inject(scene) {
    const { engine } = victim(scene);
    const what = 'node 0 killed';
    scene.fault(what, VICTIM);
    await engine.crash();
    await scene.pause(DEAD_MS);
    await engine.restart();
    scene.over(what);
  },
};

export const frozenNode: NodesScenario = {
  name: 'node-freeze',
  about: 'SIGSTOP of one of three nodes for 16 s: its sockets stay open and nobody answers',
  async inject(scene) {
    const { pid } = victim(scene).engine;
    if (pid === null) throw new Error('the node does not run');
    const what = 'node 0 frozen';
    scene.atEnd(() => victim(scene).engine.pid === pid && process.kill(pid, 'SIGCONT'));
    scene.fault(what, VICTIM);
    process.kill(pid, 'SIGSTOP');
    await scene.pause(DEAD_MS);
    process.kill(pid, 'SIGCONT');
    scene.over(what);
  },
};
