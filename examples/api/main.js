// A page that paints by a server of `wasserfarbe serve --cors ORIGIN`: a style, a job, its progress, its result.

const form = document.querySelector('form');
const status = document.querySelector('[role=status]');
const progress = document.querySelector('progress');
const picture = document.querySelector('img');

form.addEventListener('submit', (event) => {
  event.preventDefault();
  paint(new FormData(form)).catch((error) => {
    status.textContent = error.message;
    progress.hidden = true;
  });
});

async function paint(fields) {
  const server = fields.get('server').replace(/\/$/, '');
  progress.hidden = false;
  progress.removeAttribute('value');
  status.textContent = 'The painting is encoded …';
  const { id } = await ask(`${server}/v1/styles`, { method: 'POST', body: fields.get('painting') });

  // An id of our own: if the connection breaks, the same request finds the same job.
  const job = `${server}/v1/jobs/${crypto.randomUUID()}`;
  const query = new URLSearchParams({ style: id, strength: fields.get('strength'), format: 'webp' });
  await ask(`${job}?${query}`, { method: 'PUT', body: fields.get('photo') });
  const { result, error } = await end(job);
  progress.hidden = true;
  if (error) throw new Error(error);
  status.textContent = 'Painted.';
  picture.src = server + result;
  picture.hidden = false;
}

/** The job when it has ended, with its progress shown until then. */
function end(job) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`${job}/events`);
    const show = ({ data }) => {
      const { phase, progress: done } = JSON.parse(data);
      status.textContent = `The photograph is painted: ${phase ?? 'it waits'} …`;
      if (done !== undefined) progress.value = done;
    };
    const finish = ({ data }) => {
      events.close();
      resolve(JSON.parse(data));
    };
    for (const state of ['waiting', 'painting']) events.addEventListener(state, show);
    for (const state of ['done', 'failed', 'cancelled']) events.addEventListener(state, finish);
    events.onerror = () => {
      events.close();
      reject(new Error('the server is gone'));
    };
  });
}

/** What the server answers; its refusals are errors. */
async function ask(address, init) {
  const answer = await fetch(address, init);
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error);
  return said;
}
